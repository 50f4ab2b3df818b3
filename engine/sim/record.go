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

// A Writer appends fields. Its methods, and Reader's, aren't inlined: so many
// calls as there are fields would cost the browser's module a twentieth of its size.
type Writer []byte

// Num appends a signed number.
//
//go:noinline
func (w *Writer) Num(n int64) { *w = binary.AppendVarint(*w, n) }

// Int is Num for an int.
//
//go:noinline
func (w *Writer) Int(n int) { w.Num(int64(n)) }

// Unum appends a number that is never negative.
//
//go:noinline
func (w *Writer) Unum(n uint64) { *w = binary.AppendUvarint(*w, n) }

// Flag appends a truth value.
//
//go:noinline
func (w *Writer) Flag(b bool) {
	if b {
		*w = append(*w, 1)
	} else {
		*w = append(*w, 0)
	}
}

// Octets appends how many there are, and them.
//
//go:noinline
func (w *Writer) Octets(p []byte) {
	w.Unum(uint64(len(p)))
	*w = append(*w, p...)
}

// Text is Octets for a string.
//
//go:noinline
func (w *Writer) Text(s string) {
	w.Unum(uint64(len(s)))
	*w = append(*w, s...)
}

// Texts appends a list of texts.
//
//go:noinline
func (w *Writer) Texts(list []string) {
	w.Unum(uint64(len(list)))
	for _, s := range list {
		w.Text(s)
	}
}

// A Reader takes fields off the front. After the first error every field is
// zero.
type Reader struct {
	Rest []byte
	Err  error
}

// Num reads what Writer.Num wrote.
//
//go:noinline
func (r *Reader) Num() int64 {
	n, size := binary.Varint(r.Rest)
	if size <= 0 {
		r.Fail()
		return 0
	}
	r.Rest = r.Rest[size:]
	return n
}

// Int reads what Writer.Int wrote.
//
//go:noinline
func (r *Reader) Int() int { return int(r.Num()) }

// Unum reads what Writer.Unum wrote.
//
//go:noinline
func (r *Reader) Unum() uint64 {
	n, size := binary.Uvarint(r.Rest)
	if size <= 0 {
		r.Fail()
		return 0
	}
	r.Rest = r.Rest[size:]
	return n
}

// Count is the length of something whose elements take an octet each, at least.
func (r *Reader) Count() int {
	n := r.Unum()
	if n > uint64(len(r.Rest)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Flag reads what Writer.Flag wrote.
//
//go:noinline
func (r *Reader) Flag() bool {
	if len(r.Rest) == 0 || r.Rest[0] > 1 {
		r.Fail()
		return false
	}
	b := r.Rest[0] == 1
	r.Rest = r.Rest[1:]
	return b
}

// Octets returns a copy, and nil for none.
//
//go:noinline
func (r *Reader) Octets() []byte {
	n := r.Count()
	p := append([]byte(nil), r.Rest[:n]...)
	r.Rest = r.Rest[n:]
	return p
}

// Text reads what Writer.Text wrote.
//
//go:noinline
func (r *Reader) Text() string { return string(r.Octets()) }

// Texts reads what Writer.Texts wrote.
//
//go:noinline
func (r *Reader) Texts() []string {
	var list []string
	r.List(func() { list = append(list, r.Text()) })
	return list
}

// List reads the elements of a list, as many as there are before an error.
func (r *Reader) List(element func()) {
	for range r.Count() {
		if element(); r.Err != nil {
			return
		}
	}
}

// Fail says that a value cannot be.
//
//go:noinline
func (r *Reader) Fail() {
	r.Rest, r.Err = nil, errRecord
}

// End is the error, if anything was wrong or is left over.
func (r *Reader) End() error {
	if r.Err == nil && len(r.Rest) > 0 {
		r.Fail()
	}
	return r.Err
}

// AppendWorld appends the record of a world.
func AppendWorld(dst []byte, w World) []byte {
	b := Writer(dst)
	b.Int(w.Version)
	b.Unum(w.Seed)
	b.Num(w.Now)
	b.Text(w.Host)
	b.Text(w.Persona)
	b.Texts(w.Faults)
	b.Texts(w.Switches)
	b.Texts(w.Without)
	b.Unum(uint64(len(w.Users)))
	for _, u := range w.Users {
		b.Text(u.Name)
		b.Text(u.Secret)
		b.Texts(u.Tokens)
		b.Flag(u.NoCleartext)
		b.Texts(u.MayActAs)
		b.Int(u.LoginDelay)
		b.Int(u.Expire)
	}
	b.Unum(uint64(len(w.Mail)))
	for _, m := range w.Mail {
		b.Text(m.User)
		b.Text(m.UID)
		b.Octets(m.Octets)
	}
	b.Flag(w.STLS)
	b.Int(w.MaxBad)
	b.Int(w.LoginDelay)
	b.Int(w.LoginDelayMax)
	b.Int(w.Expire)
	b.Int(w.ExpireMin)
	b.Text(w.Anonymous)
	b.Flag(w.NoUTF8User)
	b.Int(w.Port)
	b.Text(w.Implementation)
	b.Flag(w.ShowSecrets)
	b.Texts(w.Stamps)
	b.Octets(w.Chance)
	b.Text(w.Nonce)
	b.Text(w.Salt)
	b.Unum(uint64(len(w.Later)))
	for i := range w.Later {
		b.input(&w.Later[i])
	}
	b.Flag(w.Narrated)
	return b
}

// ReadWorld reads what AppendWorld wrote.
func ReadWorld(record []byte) (World, error) {
	r := Reader{Rest: record}
	w := World{Version: r.Int(), Seed: r.Unum(), Now: r.Num(), Host: r.Text(), Persona: r.Text(),
		Faults: r.Texts(), Switches: r.Texts(), Without: r.Texts()}
	r.List(func() {
		w.Users = append(w.Users, engine.User{Name: r.Text(), Secret: r.Text(), Tokens: r.Texts(),
			NoCleartext: r.Flag(), MayActAs: r.Texts(), LoginDelay: r.Int(), Expire: r.Int()})
	})
	r.List(func() { w.Mail = append(w.Mail, Mail{User: r.Text(), UID: r.Text(), Octets: r.Octets()}) })
	w.STLS = r.Flag()
	w.MaxBad, w.LoginDelay, w.LoginDelayMax = r.Int(), r.Int(), r.Int()
	w.Expire, w.ExpireMin = r.Int(), r.Int()
	w.Anonymous, w.NoUTF8User, w.Port = r.Text(), r.Flag(), r.Int()
	w.Implementation, w.ShowSecrets = r.Text(), r.Flag()
	w.Stamps = r.Texts()
	w.Chance, w.Nonce, w.Salt = r.Octets(), r.Text(), r.Text()
	r.List(func() { w.Later = append(w.Later, r.input()) })
	w.Narrated = r.Flag()
	return w, r.End()
}

// AppendInput appends the record of an input: which fields it has, as the bits
// of a number, and then these. Most inputs use few of them.
func AppendInput(dst []byte, in Input) []byte {
	b := Writer(dst)
	b.input(&in)
	return b
}

// The fields of an input in its record.
const (
	hasDevice = 1 << iota
	hasOctets
	hasUser
	hasUID
	isLast
	hasMillis
	isTLS
	isBarred
	hasAilment
	hasAfter
	hasSegment
	hasPersona
	hasFaults
	hasSwitches
	hasWithout
	endFields
)

func (w *Writer) input(in *Input) {
	w.Unum(uint64(in.Verb))
	var has uint64
	for i, is := range [...]bool{in.Device != "", len(in.Octets) > 0, in.User != "", in.UID != "", in.Last, in.Millis != 0, in.TLS, in.Barred,
		in.Ailment != "", in.After != 0, in.Segment != 0, in.Persona != "", len(in.Faults) > 0, len(in.Switches) > 0, len(in.Without) > 0} {
		if is {
			has |= 1 << i
		}
	}
	w.Unum(has)
	for _, t := range [...]string{in.Device, string(in.Octets), in.User, in.UID} {
		if t != "" {
			w.Text(t)
		}
	}
	if in.Millis != 0 {
		w.Num(in.Millis)
	}
	if in.Ailment != "" {
		w.Text(string(in.Ailment))
	}
	if in.After != 0 {
		w.Num(in.After)
	}
	if in.Segment != 0 {
		w.Int(in.Segment)
	}
	if in.Persona != "" {
		w.Text(in.Persona)
	}
	for _, list := range [...][]string{in.Faults, in.Switches, in.Without} {
		if len(list) > 0 {
			w.Texts(list)
		}
	}
}

// ReadInput reads what AppendInput wrote.
func ReadInput(record []byte) (Input, error) {
	r := Reader{Rest: record}
	in := r.input()
	return in, r.End()
}

func (r *Reader) input() Input {
	verb := r.Unum()
	has := r.Unum()
	if verb > 255 || has >= endFields {
		r.Fail()
	}
	in := Input{Verb: Verb(verb), Last: has&isLast != 0, TLS: has&isTLS != 0, Barred: has&isBarred != 0}
	for _, f := range [...]struct {
		bit  uint64
		read func()
	}{
		{hasDevice, func() { in.Device = r.Text() }},
		{hasOctets, func() { in.Octets = r.Octets() }},
		{hasUser, func() { in.User = r.Text() }},
		{hasUID, func() { in.UID = r.Text() }},
		{hasMillis, func() { in.Millis = r.Num() }},
		{hasAilment, func() { in.Ailment = Ailment(r.Text()) }},
		{hasAfter, func() { in.After = r.Num() }},
		{hasSegment, func() { in.Segment = r.Int() }},
		{hasPersona, func() { in.Persona = r.Text() }},
		{hasFaults, func() { in.Faults = r.Texts() }},
		{hasSwitches, func() { in.Switches = r.Texts() }},
		{hasWithout, func() { in.Without = r.Texts() }},
	} {
		if has&f.bit != 0 {
			f.read()
		}
	}
	return in
}

// AppendSteps appends the record of steps. A rule is recorded as its index in
// rules, the rows of engine.Protocol.ActiveRules; a view only where it is
// another one than the step's before.
func AppendSteps(dst []byte, steps []Step, rules []engine.Rule) []byte {
	b := Writer(dst)
	b.Unum(uint64(len(steps)))
	var last *engine.View
	for _, s := range steps {
		b.Int(s.Input)
		b.Num(s.Now)
		b.Text(s.Device)
		b.event(&s.Event, rules)
		b.Flag(s.View != last)
		if s.View != last {
			b.view(s.View)
		}
		last = s.View
	}
	return b
}

func (w *Writer) event(e *engine.Event, rules []engine.Rule) {
	w.Int(int(e.Kind))
	w.Int(int(e.Before))
	w.Int(int(e.After))
	w.Text(string(e.Verb))
	w.Int(ruleIndex(e.Rule, rules))
	w.Octets(e.Wire)
	w.Flag(e.Masked)
	w.Flag(e.TooLong)
	w.Int(int(e.End))
	w.Int(int(e.Status))
	w.Int(int(e.Text))
	w.Text(string(e.Code))
	w.Flag(e.Multi)
	w.Int(e.Num)
	w.Num(e.N)
	w.Int(e.Failures)
	w.Unum(uint64(len(e.Removed)))
	for _, n := range e.Removed {
		w.Int(n)
	}
	if e.Err == nil {
		w.Text("")
	} else {
		w.Text(e.Err.Error())
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

func (w *Writer) view(v *engine.View) {
	w.Int(int(v.State))
	w.Text(v.User)
	w.Flag(v.Secure)
	w.Flag(v.UTF8)
	w.Text(v.Lang)
	w.Text(v.Mechanism)
	w.Unum(uint64(len(v.Messages)))
	for _, m := range v.Messages {
		w.Text(m.UID)
		w.Num(m.Octets)
		w.Flag(m.EightBitHeader)
		w.Flag(m.Deleted)
		w.Flag(m.Retrieved)
	}
	w.Int(v.Live)
	w.Num(v.Octets)
	w.Int(v.Pending)
}

// ReadSteps reads what AppendSteps wrote with the same rules.
func ReadSteps(record []byte, rules []engine.Rule) ([]Step, error) {
	r := Reader{Rest: record}
	var steps []Step
	var last *engine.View
	r.List(func() {
		s := Step{Input: r.Int(), Now: r.Num(), Device: r.Text(), Event: r.event(rules)}
		if r.Flag() {
			v := r.view()
			last = &v
		}
		s.View = last
		steps = append(steps, s)
	})
	return steps, r.End()
}

func (r *Reader) event(rules []engine.Rule) engine.Event {
	e := engine.Event{Kind: engine.Kind(r.Int()), Before: engine.State(r.Int()), After: engine.State(r.Int()), Verb: engine.Verb(r.Text())}
	if i := r.Int(); i >= 0 && i < len(rules) {
		e.Rule = &rules[i]
	} else if i != -1 {
		r.Fail()
	}
	e.Wire, e.Masked, e.TooLong = r.Octets(), r.Flag(), r.Flag()
	e.End, e.Status, e.Text = engine.LineEnd(r.Int()), engine.Status(r.Int()), engine.Text(r.Int())
	e.Code, e.Multi = engine.RespCode(r.Text()), r.Flag()
	e.Num, e.N, e.Failures = r.Int(), r.Num(), r.Int()
	r.List(func() { e.Removed = append(e.Removed, r.Int()) })
	if why := r.Text(); why != "" {
		e.Err = errors.New(why)
	}
	return e
}

func (r *Reader) view() engine.View {
	v := engine.View{State: engine.State(r.Int()), User: r.Text(), Secure: r.Flag(), UTF8: r.Flag(), Lang: r.Text(), Mechanism: r.Text()}
	r.List(func() {
		v.Messages = append(v.Messages, engine.ViewMessage{
			Message: engine.Message{UID: r.Text(), Octets: r.Num(), EightBitHeader: r.Flag()},
			Deleted: r.Flag(), Retrieved: r.Flag()})
	})
	v.Live, v.Octets, v.Pending = r.Int(), r.Num(), r.Int()
	return v
}
