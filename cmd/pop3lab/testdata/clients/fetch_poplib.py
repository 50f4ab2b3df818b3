# Fetches every message with Python's poplib into DIR/1, DIR/2, ...
# Usage: fetch_poplib.py plain|stls|tls HOST PORT USER PASSWORD CA DIR
import poplib
import ssl
import sys

security, host, port, user, password, ca, folder = sys.argv[1:]

# poplib refuses lines longer than 2048 octets ("line too long"); programs raise the limit here.
poplib._MAXLINE = 1 << 22

context = ssl.create_default_context(cafile=ca)
if security == "tls":
    pop = poplib.POP3_SSL(host, int(port), timeout=60, context=context)
else:
    pop = poplib.POP3(host, int(port), timeout=60)
if security == "stls":
    pop.stls(context)
pop.user(user)
pop.pass_(password)
count, _ = pop.stat()
for number in range(1, count + 1):
    _, lines, _ = pop.retr(number)
    # retr gives the lines without their ends.
    with open(f"{folder}/{number}", "wb") as file:
        file.write(b"".join(line + b"\r\n" for line in lines))
pop.quit()
