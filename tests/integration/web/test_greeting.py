import re
import socket
import threading

import pytest

from config.start.supervisor import Greeting
from tests.faults.instance import ROOT, Instance


def test_the_address_is_not_told_before_the_server_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeting = Greeting("127.0.0.1", listener.getsockname()[1], "here it is")
        asking = threading.Thread(target=greeting.when_it_answers, daemon=True)
        asking.start()
        client, _ = listener.accept()
        with client:
            assert client.recv(1000).startswith(b"GET /livez")
            assert capsys.readouterr().out == ""
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            asking.join(10)
    assert capsys.readouterr().out == "here it is\n"


def test_a_start_speaks_of_no_kernel_file_and_no_superuser(hurried: Instance) -> None:
    """What `make run` compiles first is told only where it fails, and Celery's warning for root is ours to judge."""
    assert hurried.url in hurried.log()
    assert not re.search(r"\.so\b|superuser", hurried.log())
    setup = (ROOT / "Makefile").read_text().partition("\nsetup:")[2].partition("\n\n")[0]
    (compiling,) = [line for line in setup.splitlines() if "kernel.build" in line]
    assert compiling.endswith(">/dev/null")
