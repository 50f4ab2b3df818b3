package maildir

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"pop3lab/engine"
)

// The index is a file in the user's folder that keeps what a Meter found in each message, so that
// a new process needs to read none of them again. It is a help and not a truth: it is written
// whole to a temporary file and renamed, has a checksum, is checked record by record, and when
// anything about it is odd it is forgotten and made anew.
const (
	indexName = "pop3lab-index"
	indexTemp = "pop3lab-index.tmp"
	// indexMagic is the first line. Its number changes with the form of the records, and with
	// what a Meter finds.
	indexMagic = "pop3lab-index 1\n"
	// maxIndex is how large an index is read: millions of messages.
	maxIndex = 1 << 30
)

// A record is what the index holds of one message.
type record struct {
	base   string
	ino    uint64
	mtime  int64 // nanoseconds
	stored int64
	octets int64
	direct bool
	eight  bool
	dots   []int64
	saved  bool // it came from the index
}

const (
	recordDirect = 1 << iota
	recordEight
)

// encodeIndex returns the file for records, which are in their order. A number is a varint of
// package encoding/binary; dots are their distances.
func encodeIndex(records []record) []byte {
	p := make([]byte, 0, 64+80*len(records))
	p = append(p, indexMagic...)
	p = binary.AppendUvarint(p, uint64(len(records)))
	for _, r := range records {
		p = binary.AppendUvarint(p, uint64(len(r.base)))
		p = append(p, r.base...)
		p = binary.AppendUvarint(p, r.ino)
		p = binary.AppendVarint(p, r.mtime)
		p = binary.AppendUvarint(p, uint64(r.stored))
		p = binary.AppendUvarint(p, uint64(r.octets-r.stored))
		var flags byte
		if r.direct {
			flags |= recordDirect
		}
		if r.eight {
			flags |= recordEight
		}
		p = append(p, flags)
		p = binary.AppendUvarint(p, uint64(len(r.dots)))
		last := int64(0)
		for _, at := range r.dots {
			p = binary.AppendUvarint(p, uint64(at-last))
			last = at
		}
	}
	return appendSum(p)
}

var errBroken = errors.New("the file is broken")

// decodeIndex returns the records of an index, or errBroken. What it returns could have come out
// of a Meter: sizes fit each other, dots ascend and lie within the message.
func decodeIndex(data []byte) ([]record, error) {
	d, ok := newDecoder(data, indexMagic)
	if !ok {
		return nil, errBroken
	}
	count := d.number()
	if count > uint64(len(d.rest)) { // a record has more than one octet
		return nil, errBroken
	}
	records := make([]record, 0, count)
	var lastTime uint64
	for range count {
		r := record{base: d.text(), ino: d.number(), mtime: d.signed(), saved: true}
		r.stored = int64(d.number())
		added := int64(d.number())
		flags := d.octet()
		r.direct, r.eight = flags&recordDirect != 0, flags&recordEight != 0
		dots := d.number()
		if d.bad || dots > engine.MaxDots || r.stored < 0 || added < 0 || added > r.stored+2 || flags >= recordEight<<1 {
			return nil, errBroken
		}
		r.octets = r.stored + added
		if r.octets < r.stored || r.direct && added != 0 || !r.direct && dots > 0 {
			return nil, errBroken
		}
		if dots > 0 {
			r.dots = make([]int64, 0, dots)
			at := int64(0)
			for i := range dots {
				step := int64(d.number())
				at += step
				if d.bad || step < 0 || step == 0 && i > 0 || at < 0 || at >= r.stored {
					return nil, errBroken
				}
				r.dots = append(r.dots, at)
			}
		}
		time := deliveryTime(r.base)
		if n := len(records); n > 0 && order(lastTime, records[n-1].base, records[n-1].ino, time, r.base, r.ino) >= 0 {
			return nil, errBroken
		}
		lastTime = time
		records = append(records, r)
	}
	if d.bad || len(d.rest) > 0 {
		return nil, errBroken
	}
	return records, nil
}

// appendSum ends a file with its checksum.
func appendSum(p []byte) []byte {
	return binary.BigEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A decoder takes a file apart. The first thing that doesn't fit makes it bad for good; from then
// on it returns zeros.
type decoder struct {
	rest string
	bad  bool
}

// newDecoder checks the first line and the checksum.
func newDecoder(data []byte, magic string) (*decoder, bool) {
	if len(data) < len(magic)+4 || string(data[:len(magic)]) != magic {
		return nil, false
	}
	end := len(data) - 4
	if crc32.Checksum(data[:end], castagnoli) != binary.BigEndian.Uint32(data[end:]) {
		return nil, false
	}
	return &decoder{rest: string(data[len(magic):end])}, true
}

func (d *decoder) number() uint64 {
	var n uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break // more than 64 bits
		}
		n |= uint64(c&0x7F) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) signed() int64 {
	n := d.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) octet() byte {
	if len(d.rest) == 0 {
		d.fail()
		return 0
	}
	c := d.rest[0]
	d.rest = d.rest[1:]
	return c
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) fail() { d.bad, d.rest = true, "" }
