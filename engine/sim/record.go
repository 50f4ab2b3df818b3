package sim

import (
	"encoding/binary"
	"errors"

	"pop3lab/engine"
)

// Worlds, inputs and steps as octets: what goes into the browser's module and
// what comes out of it. A record is its fields in the order in which they
// stand below; a number is a varint (encoding/binary), a string or octets the
// number of octets and then these, a list the number of its elements and then
// these, a truth value one octet.
//
// Reading never trusts what it reads: a length beyond the end is an error, and
// no more is set aside than the record itself could fill.

var errRecord = errors.New("sim: the record is damaged: it ends too early or holds a value that can't be")

// A writer appends fields.
type writer []byte

func (w *writer) num(n int64)   { *w = binary.AppendVarint(*w, n) }
func (w *writer) int(n int)     { w.num(int64(n)) }
func (w *writer) unum(n uint64) { *w = binary.AppendUvarint(*w, n) }

func (w *writer) flag(b bool) {
	if b {
		*w = append(*w, 1)
	} else {
		*w = append(*w, 0)
	}
}

func (w *writer) octets(p []byte) {
	w.unum(uint64(len(p)))
	*w = append(*w, p...)
}

func (w *writer) text(s string) {
	w.unum(uint64(len(s)))
	*w = append(*w, s...)
}

func (w *writer) texts(list []string) {
	w.unum(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

// A reader takes fields off the front. After the first error every field is
// zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) num() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) int() int { return int(r.num()) }

func (r *reader) unum() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count is the length of something whose elements take an octet each, at least.
func (r *reader) count() int {
	n := r.unum()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) flag() bool {
	if len(r.rest) == 0 || r.rest[0] > 1 {
		r.fail()
		return false
	}
	b := r.rest[0] == 1
	r.rest = r.rest[1:]
	return b
}

// octets returns a copy, and nil for none.
func (r *reader) octets() []byte {
	n := r.count()
	p := append([]byte(nil), r.rest[:n]...)
	r.rest = r.rest[n:]
	return p
}

func (r *reader) text() string { return string(r.octets()) }

func (r *reader) texts() []string {
	var list []string
	r.list(func() { list = append(list, r.text()) })
	return list
}

// list reads the elements of a list, as many as there are before an error.
func (r *reader) list(element func()) {
	for range r.count() {
		if element(); r.err != nil {
			return
		}
	}
}

func (r *reader) fail() {
	r.rest, r.err = nil, errRecord
}

// end is the error, if anything was wrong or is left over.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail()
	}
	return r.err
}

// AppendWorld appends the record of a world.
func AppendWorld(dst []byte, w World) []byte {
	b := writer(dst)
	b.int(w.Version)
	b.unum(w.Seed)
	b.num(w.Now)
	b.text(w.Host)
	b.text(w.Persona)
	b.texts(w.Faults)
	b.texts(w.Switches)
	b.texts(w.Without)
	b.unum(uint64(len(w.Users)))
	for _, u := range w.Users {
		b.text(u.Name)
		b.text(u.Secret)
		b.texts(u.Tokens)
		b.flag(u.NoCleartext)
		b.texts(u.MayActAs)
		b.int(u.LoginDelay)
		b.int(u.Expire)
	}
	b.unum(uint64(len(w.Mail)))
	for _, m := range w.Mail {
		b.text(m.User)
		b.text(m.UID)
		b.octets(m.Octets)
	}
	b.flag(w.STLS)
	b.int(w.MaxBad)
	b.int(w.LoginDelay)
	b.int(w.LoginDelayMax)
	b.int(w.Expire)
	b.int(w.ExpireMin)
	b.text(w.Anonymous)
	b.flag(w.NoUTF8User)
	b.int(w.Port)
	b.text(w.Implementation)
	b.flag(w.ShowSecrets)
	b.texts(w.Stamps)
	b.octets(w.Chance)
	b.text(w.Nonce)
	b.text(w.Salt)
	return b
}

// ReadWorld reads what AppendWorld wrote.
func ReadWorld(record []byte) (World, error) {
	r := reader{rest: record}
	w := World{Version: r.int(), Seed: r.unum(), Now: r.num(), Host: r.text(), Persona: r.text(),
		Faults: r.texts(), Switches: r.texts(), Without: r.texts()}
	r.list(func() {
		w.Users = append(w.Users, engine.User{Name: r.text(), Secret: r.text(), Tokens: r.texts(),
			NoCleartext: r.flag(), MayActAs: r.texts(), LoginDelay: r.int(), Expire: r.int()})
	})
	r.list(func() { w.Mail = append(w.Mail, Mail{User: r.text(), UID: r.text(), Octets: r.octets()}) })
	w.STLS = r.flag()
	w.MaxBad, w.LoginDelay, w.LoginDelayMax = r.int(), r.int(), r.int()
	w.Expire, w.ExpireMin = r.int(), r.int()
	w.Anonymous, w.NoUTF8User, w.Port = r.text(), r.flag(), r.int()
	w.Implementation, w.ShowSecrets = r.text(), r.flag()
	w.Stamps = r.texts()
	w.Chance, w.Nonce, w.Salt = r.octets(), r.text(), r.text()
	return w, r.end()
}

// AppendInput appends the record of an input.
func AppendInput(dst []byte, in Input) []byte {
	b := writer(dst)
	b.int(int(in.Verb))
	b.text(in.Device)
	b.text(in.User)
	b.text(in.UID)
	b.octets(in.Octets)
	b.flag(in.Last)
	b.num(in.Millis)
	b.flag(in.TLS)
	b.flag(in.Barred)
	b.text(string(in.Ailment))
	return b
}

// ReadInput reads what AppendInput wrote.
func ReadInput(record []byte) (Input, error) {
	r := reader{rest: record}
	in := Input{Verb: Verb(r.int()), Device: r.text(), User: r.text(), UID: r.text(), Octets: r.octets(), Last: r.flag(),
		Millis: r.num(), TLS: r.flag(), Barred: r.flag(), Ailment: Ailment(r.text())}
	return in, r.end()
}

// AppendSteps appends the record of steps. A rule is recorded as its index in
// rules, the rows of engine.Protocol.ActiveRules; a view only where it is
// another one than the step's before.
func AppendSteps(dst []byte, steps []Step, rules []engine.Rule) []byte {
	b := writer(dst)
	b.unum(uint64(len(steps)))
	var last *engine.View
	for _, s := range steps {
		b.int(s.Input)
		b.num(s.Now)
		b.text(s.Device)
		b.event(&s.Event, rules)
		b.flag(s.View != last)
		if s.View != last {
			b.view(s.View)
		}
		last = s.View
	}
	return b
}

func (w *writer) event(e *engine.Event, rules []engine.Rule) {
	w.int(int(e.Kind))
	w.int(int(e.Before))
	w.int(int(e.After))
	w.text(string(e.Verb))
	w.int(ruleIndex(e.Rule, rules))
	w.octets(e.Wire)
	w.flag(e.Masked)
	w.flag(e.TooLong)
	w.int(int(e.End))
	w.int(int(e.Status))
	w.int(int(e.Text))
	w.text(string(e.Code))
	w.flag(e.Multi)
	w.int(e.Num)
	w.num(e.N)
	w.int(e.Failures)
	w.unum(uint64(len(e.Removed)))
	for _, n := range e.Removed {
		w.int(n)
	}
	if e.Err == nil {
		w.text("")
	} else {
		w.text(e.Err.Error())
	}
}

// ruleIndex is -1 for no rule.
func ruleIndex(r *engine.Rule, rules []engine.Rule) int {
	for i := range rules {
		if r == &rules[i] {
			return i
		}
	}
	return -1
}

func (w *writer) view(v *engine.View) {
	w.int(int(v.State))
	w.text(v.User)
	w.flag(v.Secure)
	w.flag(v.UTF8)
	w.text(v.Lang)
	w.text(v.Mechanism)
	w.unum(uint64(len(v.Messages)))
	for _, m := range v.Messages {
		w.text(m.UID)
		w.num(m.Octets)
		w.flag(m.EightBitHeader)
		w.flag(m.Deleted)
		w.flag(m.Retrieved)
	}
	w.int(v.Live)
	w.num(v.Octets)
	w.int(v.Pending)
}

// ReadSteps reads what AppendSteps wrote with the same rules.
func ReadSteps(record []byte, rules []engine.Rule) ([]Step, error) {
	r := reader{rest: record}
	var steps []Step
	var last *engine.View
	r.list(func() {
		s := Step{Input: r.int(), Now: r.num(), Device: r.text(), Event: r.event(rules)}
		if r.flag() {
			v := r.view()
			last = &v
		}
		s.View = last
		steps = append(steps, s)
	})
	return steps, r.end()
}

func (r *reader) event(rules []engine.Rule) engine.Event {
	e := engine.Event{Kind: engine.Kind(r.int()), Before: engine.State(r.int()), After: engine.State(r.int()), Verb: engine.Verb(r.text())}
	if i := r.int(); i >= 0 && i < len(rules) {
		e.Rule = &rules[i]
	} else if i != -1 {
		r.fail()
	}
	e.Wire, e.Masked, e.TooLong = r.octets(), r.flag(), r.flag()
	e.End, e.Status, e.Text = engine.LineEnd(r.int()), engine.Status(r.int()), engine.Text(r.int())
	e.Code, e.Multi = engine.RespCode(r.text()), r.flag()
	e.Num, e.N, e.Failures = r.int(), r.num(), r.int()
	r.list(func() { e.Removed = append(e.Removed, r.int()) })
	if why := r.text(); why != "" {
		e.Err = errors.New(why)
	}
	return e
}

func (r *reader) view() engine.View {
	v := engine.View{State: engine.State(r.int()), User: r.text(), Secure: r.flag(), UTF8: r.flag(), Lang: r.text(), Mechanism: r.text()}
	r.list(func() {
		v.Messages = append(v.Messages, engine.ViewMessage{
			Message: engine.Message{UID: r.text(), Octets: r.num(), EightBitHeader: r.flag()},
			Deleted: r.flag(), Retrieved: r.flag()})
	})
	v.Live, v.Octets, v.Pending = r.int(), r.num(), r.int()
	return v
}
