package bridge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"pop3lab/engine/live"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// What a page may do in its room. Each answers in JSON, or with a record's octets.

// A roomView is what a page is told of a room. Password and Token are there once, when the room is made.
type roomView struct {
	User     string `json:"user"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
	POP3     string `json:"pop3"`  // the server's own ports, as HOST:PORT; empty for none
	POP3S    string `json:"pop3s"` //
	// Cleartext says whether a password from where the page is may go in the clear on the server's port; otherwise
	// STLS, APOP or the pop3s port are needed.
	Cleartext bool  `json:"cleartext"`
	STLS      bool  `json:"stls"`
	IdleMs    int64 `json:"idleMs"` // how long the room lasts when nothing happens
	First     int   `json:"first"`  // the recordings that are kept
	Last      int   `json:"last"`
}

func (b *Bridge) view(r *http.Request, in *room) roomView {
	from := addressOf(r)
	v := roomView{User: in.user.Name, POP3: b.opt.POP3, POP3S: b.opt.POP3S, Cleartext: from.IsLoopback() || b.server.Cleartext,
		STLS: b.server.TLS != nil && b.server.Protocol.STLS, IdleMs: b.opt.RoomIdle.Milliseconds()}
	v.First, v.Last = in.stream.Recordings()
	return v
}

func (b *Bridge) makeRoom(w http.ResponseWriter, r *http.Request) error {
	from := addressOf(r)
	if !b.creating.allow(from) {
		return refusal{http.StatusTooManyRequests, "so many rooms at once are too many; wait a moment"}
	}
	in, token, err := b.newRoom(from)
	if err != nil {
		return err
	}
	v := b.view(r, in)
	v.Password, v.Token = in.user.Secret, token
	answer(w, http.StatusCreated, v)
	return nil
}

func (b *Bridge) showRoom(w http.ResponseWriter, r *http.Request, in *room) error {
	answer(w, http.StatusOK, b.view(r, in))
	return nil
}

func (b *Bridge) endRoom(w http.ResponseWriter, _ *http.Request, in *room) error {
	in.close("its visitor closed the room")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// act does something to the room: deliver, reset, ail, cut, serve.
func (b *Bridge) act(w http.ResponseWriter, r *http.Request, in *room) error {
	if err := in.allowed(); err != nil {
		return err
	}
	done := 1
	var err error
	switch action := r.PathValue("action"); action {
	case "deliver":
		var octets []byte
		if octets, err = body(w, r); err != nil {
			return err
		}
		if len(octets) == 0 {
			octets = someLetter(in.user.Name, time.Now())
		}
		err = in.deliver(octets)
	case "reset":
		err = in.reset()
	case "ail":
		err = in.ail(sim.Ailment(r.URL.Query().Get("ailment")))
	case "cut":
		device := r.URL.Query().Get("device")
		if done = in.stream.Cut(device); done > 0 {
			in.stream.Told(live.Cut, "the connection is cut", "Whoever watches cut it, as a broken cable would. Nobody said QUIT.")
		}
	case "serve":
		err = refusal{http.StatusConflict, "every visitor talks to the same real server, and whoever started it chose how it behaves; choose another server in the simulated world"}
	default:
		err = refusal{http.StatusNotFound, "a room knows no " + strconv.Quote(action)}
	}
	if err != nil {
		return err
	}
	b.relieve()
	answer(w, http.StatusOK, struct {
		Done int `json:"done"` // how much was done: of cut, how many connections there were
	}{done})
	return nil
}

// someLetter is mail to look at when a page doesn't bring its own.
func someLetter(user string, at time.Time) []byte {
	return fmt.Appendf(nil, "From: postman@example.org\r\nTo: %s@example.org\r\nDate: %s\r\nSubject: Delivered at %s\r\n\r\n"+
		"This message came while you were watching.\r\n.\r\nThe line above is a dot alone: see what the server makes of it.\r\n",
		user, at.UTC().Format(time.RFC1123Z), at.UTC().Format("15:04:05"))
}

// body is what a request brings.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	octets, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLetter))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refusal{http.StatusRequestEntityTooLarge, "at most 65,536 octets at a time"}
	}
	if err != nil {
		return nil, refusal{http.StatusBadRequest, "the request broke off"}
	}
	return octets, nil
}

// spec sends the table that the server goes by.
func (b *Bridge) spec(w http.ResponseWriter, _ *http.Request, _ *room) error {
	octets(w, record.SpecOf(b.rec.Protocol()).Append(nil))
	return nil
}

// steps sends steps of a recording, from one on.
func (b *Bridge) steps(w http.ResponseWriter, r *http.Request, in *room) error {
	at, err := position(r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	if err := in.allowed(); err != nil {
		return err
	}
	f, _ := in.stream.Read(at, frameSteps)
	octets(w, f.Append(nil))
	return nil
}

// lanes sends the message that a step is about, three times.
func (b *Bridge) lanes(w http.ResponseWriter, r *http.Request, in *room) error {
	at, err := position(r.URL.Query().Get("step"))
	if err != nil {
		return err
	}
	if err := in.allowed(); err != nil {
		return err
	}
	lanes, err := in.stream.Lanes(at)
	if err != nil {
		return refusal{http.StatusNotFound, err.Error()}
	}
	octets(w, lanes)
	return nil
}

func octets(w http.ResponseWriter, p []byte) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(p)
}

// connect opens a POP3 connection for a page that has no WebSocket.
func (b *Bridge) connect(w http.ResponseWriter, r *http.Request, in *room) error {
	if err := in.connecting(); err != nil {
		return err
	}
	c := &posted{remote: b.remote(r, in), local: b.listener.Addr()}
	in.mu.Lock()
	if len(in.posted) >= roomConns {
		in.mu.Unlock()
		return refusal{http.StatusTooManyRequests, "there are as many connections of this page as there may be; close one"}
	}
	in.connected++
	n := in.connected
	in.posted[n] = c
	in.mu.Unlock()
	c.left = func() {
		in.mu.Lock()
		delete(in.posted, n)
		in.mu.Unlock()
	}
	c.remote.cut = func() { c.Close() }
	if !b.listener.hand(c) {
		c.Close()
		return errFull
	}
	answer(w, http.StatusCreated, struct {
		Connection int `json:"connection"`
	}{n})
	return nil
}

// connection is the posted connection that a request names.
func connection(r *http.Request, in *room) (*posted, error) {
	n, _ := strconv.Atoi(r.URL.Query().Get("connection"))
	in.mu.Lock()
	defer in.mu.Unlock()
	c := in.posted[n]
	if c == nil {
		return nil, refusal{http.StatusGone, "this connection is closed; open another"}
	}
	return c, nil
}

// send brings octets to a posted connection; with last=1 nothing comes behind them.
func (b *Bridge) send(w http.ResponseWriter, r *http.Request, in *room) error {
	c, err := connection(r, in)
	if err != nil {
		return err
	}
	if err := in.allowed(); err != nil {
		return err
	}
	p, err := body(w, r)
	if err != nil {
		return err
	}
	if !c.offer(p) {
		return refusal{http.StatusTooManyRequests, "the server hasn't read yet what was sent before; wait a moment"}
	}
	if r.URL.Query().Get("last") == "1" {
		c.end(io.EOF)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// hangup closes a posted connection, as a program that ends does.
func (b *Bridge) hangup(w http.ResponseWriter, r *http.Request, in *room) error {
	c, err := connection(r, in)
	if err != nil {
		return err
	}
	c.end(io.EOF)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
