"""Commands ``egov-bus`` that tests type, without the half second of imports of each.

A server that has imported the launcher forks for each command. The fork takes the arguments, the environment, the
folder and the open files of the command that was typed and then runs ``python -m services`` to the end of its
interpreter; the typed command passes signals on and ends as the fork ends. What an interpreter reads at its own
start (PYTHONUTF8, PYTHONIOENCODING, the kind of console) is the server's. The real command is started by
``test_launcher.py``, ``test_odd_environments.py``, ``test_ncalayer_command.py``, ``test_every_command.py``, the
demo of the README and the installed wheel.
"""
