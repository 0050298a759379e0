"""The browser console. No models here: it reads by selectors and writes by services of the rooms below."""
