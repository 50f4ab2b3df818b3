package main_test

import (
	"bytes"
	"fmt"
	"strings"
)

// openssl, nc and ncat are pipes: all commands are written at once, the input ends, and what comes
// back is read here.
func openssl(v *visit) ([][]byte, error) {
	args := []string{"s_client", "-quiet", "-nocommands", "-4", "-connect", "localhost:" + v.port(),
		"-CAfile", v.ca, "-no-CApath", "-no-CAstore", "-verify_return_error", "-verify_hostname", "localhost"}
	if v.security == stls {
		args = append(args, "-starttls", "pop3")
	}
	output, err := v.run(v.commands(), "openssl", args...)
	if err != nil {
		return nil, err
	}
	if v.security == stls {
		// s_client reads the greeting and the answer to STLS itself.
		output = append([]byte("+OK\r\n"), output...)
	}
	return answers(output, v.count)
}

func nc(v *visit) ([][]byte, error) {
	output, err := v.run(v.commands(), "nc", "-N", "127.0.0.1", v.port())
	if err != nil {
		return nil, err
	}
	return answers(output, v.count)
}

func ncat(v *visit) ([][]byte, error) {
	args := []string{"localhost", v.port()}
	if v.security == tls {
		args = append([]string{"-v", "--ssl-verify", "--ssl-trustfile", v.ca}, args...)
	}
	output, err := v.run(v.commands(), "ncat", args...)
	if err != nil {
		return nil, err
	}
	return answers(output, v.count)
}

// commands is the whole session of somebody who doesn't wait for answers.
func (v *visit) commands() string {
	var b strings.Builder
	fmt.Fprintf(&b, "USER %s\r\nPASS %s\r\n", v.user, password)
	for num := 1; num <= v.count; num++ {
		fmt.Fprintf(&b, "RETR %d\r\n", num)
	}
	b.WriteString("QUIT\r\n")
	return b.String()
}

// answers reads what came back: the greeting, the answers to USER and PASS, count messages, whose
// byte-stuffing it undoes, and the answer to QUIT.
//
// RFC 1939 section 3: "When examining a multi-line response, the client checks to see if the line
// begins with the termination octet."
func answers(raw []byte, count int) ([][]byte, error) {
	line := func() ([]byte, error) {
		line, rest, whole := bytes.Cut(raw, []byte("\r\n"))
		if !whole {
			return nil, fmt.Errorf("the answers end with %q, want CRLF", excerpt(raw, len(raw)))
		}
		raw = rest
		return line, nil
	}
	single := func(to string) error {
		answer, err := line()
		if err == nil && !bytes.HasPrefix(answer, []byte("+OK")) {
			err = fmt.Errorf("%s: got %q, want +OK", to, answer)
		}
		return err
	}
	for _, to := range []string{"greeting", "USER", "PASS"} {
		if err := single(to); err != nil {
			return nil, err
		}
	}
	var messages [][]byte
	for num := 1; num <= count; num++ {
		if err := single(fmt.Sprintf("RETR %d", num)); err != nil {
			return messages, err
		}
		var m []byte
		for {
			text, err := line()
			if err != nil {
				return messages, err
			}
			if string(text) == "." {
				break
			}
			m = append(append(m, bytes.TrimPrefix(text, []byte("."))...), "\r\n"...)
		}
		messages = append(messages, m)
	}
	if err := single("QUIT"); err != nil {
		return messages, err
	}
	if len(raw) > 0 {
		return messages, fmt.Errorf("after the answer to QUIT: %q, want nothing", excerpt(raw, 0))
	}
	return messages, nil
}
