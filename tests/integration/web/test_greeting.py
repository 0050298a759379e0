import socket
import threading

import pytest

from config.supervisor import Greeting


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
