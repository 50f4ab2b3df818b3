package engine

import (
	"bytes"
	"io"
	"sync"
)

// chunk is how many octets of a message are read, and about how many are sent, at a time. It bounds
// what a session holds while it sends: two chunks, however large the message is. Each read and each
// write costs as much as copying some thousand octets; beyond this size that no longer counts.
const chunk = 64 << 10

// A framer is the one place where lines go onto the wire: it ends each with CRLF, puts a dot before
// each that begins with one, and counts the octets as LIST counts them. Every multi-line reply
// passes through it.
//
// RFC 1939 section 3: "If any line begins with the termination octet, the line is "byte-stuffed" by
// pre-pending the termination octet to that line of the response."
type framer struct {
	src    Body
	octets int64 // sent so far, byte-stuffing not counted
	inLine bool  // the last octet sent was no end of line
	lastCR bool
	past   bool // the first line is over
	eof    bool
	own    bool // out is an outBuffer, and not lent
	err    error

	in   *inBuffer
	out  []byte // where the next chunk is put
	from int32  // octets of in that are converted
	have int32  // octets of in that are filled
}

// A framer works in these; they go back to the pool when the reply is over. A driver that lends
// room for what comes out spares it the second.
type (
	inBuffer  [chunk]byte
	outBuffer [chunk + chunk/16]byte
)

var (
	inBuffers  = sync.Pool{New: func() any { return new(inBuffer) }}
	outBuffers = sync.Pool{New: func() any { return new(outBuffer) }}
)

// stuffing says which lines get a dot; faults say otherwise than the RFC.
type stuffing uint8

const (
	stuffAll stuffing = iota
	stuffNone
	stuffNotFirst
)

// lend makes room be where the next chunk is put, if it's no smaller than a chunk.
func (f *framer) lend(room []byte) {
	if len(room) >= chunk {
		f.giveBack()
		f.out = room
	}
}

// giveBack gives back what out is.
func (f *framer) giveBack() {
	if f.own {
		outBuffers.Put((*outBuffer)(f.out))
	}
	f.out, f.own = nil, false
}

// next converts the next chunk and returns it; nothing when the payload is over.
func (f *framer) next(how stuffing) (wire []byte, octets int64) {
	if f.in == nil {
		f.in = inBuffers.Get().(*inBuffer)
	}
	if f.out == nil {
		f.out, f.own = outBuffers.Get().(*outBuffer)[:], true
	}
	out := f.out
	if !f.own {
		f.out = nil // it was lent for this chunk only
	}
	before, n := f.octets, 0
	for n < len(out)-chunk/2 && f.err == nil {
		if f.from == f.have {
			if f.eof {
				break
			}
			m, err := f.src.Read(f.in[:])
			f.from, f.have = 0, int32(m)
			switch {
			case err == io.EOF:
				f.eof = true
			case err != nil:
				f.err = err
			}
		}
		taken, made := f.convert(out[n:], f.in[f.from:f.have], how)
		f.from += int32(taken)
		n += made
		if taken == 0 && f.from < f.have {
			break // no room left
		}
	}
	if f.eof && f.from == f.have && f.inLine && f.err == nil {
		n += copy(out[n:], "\r\n")
		f.octets += 2
		f.inLine = false
	}
	return out[:n], f.octets - before
}

// done says whether everything was returned by next.
func (f *framer) done() bool { return f.eof && f.from == f.have && !f.inLine }

// convert takes octets from src as the store holds them and writes them to dst as they go out. It
// stops when dst might not hold the next piece and the end that may follow.
func (f *framer) convert(dst, src []byte, how stuffing) (taken, made int) {
	for taken < len(src) {
		room := len(dst) - made - 5 // a dot, CRLF, and CRLF at the very end
		if room <= 0 {
			break
		}
		rest := src[taken:]
		if !f.inLine && rest[0] == '.' && (how == stuffAll || how == stuffNotFirst && f.past) {
			dst[made] = '.'
			made++
		}
		if len(rest) > room {
			rest = rest[:room]
		}
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			copy(dst[made:], rest)
			made += len(rest)
			taken += len(rest)
			f.octets += int64(len(rest))
			f.inLine = true
			f.lastCR = rest[len(rest)-1] == '\r'
			continue
		}
		copy(dst[made:], rest[:i])
		made += i
		taken += i + 1
		cr := f.inLine && f.lastCR
		if i > 0 {
			cr = rest[i-1] == '\r'
		}
		if !cr {
			dst[made] = '\r'
			made++
			f.octets++
		}
		dst[made] = '\n'
		made++
		f.octets += int64(i) + 1
		f.inLine, f.lastCR, f.past = false, false, true
	}
	return taken, made
}

// close gives the buffers back and closes the source.
func (f *framer) close() error {
	if f.in != nil {
		inBuffers.Put(f.in)
		f.in = nil
	}
	f.giveBack()
	if f.src == nil {
		return nil
	}
	err := f.src.Close()
	f.src = nil
	return err
}

// A rows payload makes lines one by one: LIST, UIDL, CAPA, LANG. line appends line i without its
// end, and false when there is none (a marked message); n is how many there may be.
type rows struct {
	n, i int
	line func(dst []byte, i int) ([]byte, bool)
	rest []byte
}

func (r *rows) Read(p []byte) (int, error) {
	n := 0
	for {
		m := copy(p[n:], r.rest)
		n += m
		r.rest = r.rest[m:]
		if n == len(p) {
			return n, nil
		}
		if r.i == r.n {
			if n > 0 {
				return n, nil
			}
			return 0, io.EOF
		}
		line, ok := r.line(p[n:n:len(p)], r.i)
		r.i++
		if !ok {
			continue
		}
		line = append(line, '\n')
		if len(line) <= len(p)-n {
			n += len(line) // append wrote it into p
		} else {
			r.rest = line
		}
	}
}

func (r *rows) Close() error { return nil }

// A topReader passes on a message's header, its blank line and the first n lines of its body.
type topReader struct {
	Body
	left   int64 // lines of the body still to pass
	body   bool
	inLine bool
	blank  bool // the line so far has nothing, or only the CR of its end
	cr     bool // it has the CR
	over   bool
}

func (t *topReader) Read(p []byte) (int, error) {
	if t.over {
		return 0, io.EOF
	}
	n, err := t.Body.Read(p)
	for i := 0; i < n; i++ {
		if t.body && t.left == 0 && !t.inLine {
			t.over = true
			return i, nil
		}
		c := p[i]
		if !t.inLine {
			t.inLine, t.blank, t.cr = true, true, false
		}
		if c != '\n' {
			t.blank = t.blank && c == '\r' && !t.cr
			t.cr = c == '\r'
			continue
		}
		t.inLine = false
		switch {
		case t.body:
			t.left--
		case t.blank:
			t.body = true
		}
	}
	return n, err
}
