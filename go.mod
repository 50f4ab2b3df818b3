module pop3lab

go 1.26
