//go:build unix && !aix && !solaris

package maildir

import "golang.org/x/sys/unix"

// readIndex returns the records of user's index, or none.
func (s *Store) readIndex(user string, b *box) []record {
	data, err := b.user.readFile(indexName, maxIndex)
	if isMissing(err) {
		return nil
	}
	var records []record
	if err == nil {
		records, err = decodeIndex(data)
	}
	if err != nil {
		s.log("an index is of no use and will be made anew", "user", user, "file", indexName, "error", err)
		return nil
	}
	return records
}

// When an index is worth its writing: measuring again what it lacks would take longer than to read
// it, or most of it is about messages that are gone.
const (
	unsavedMessages = 64
	unsavedOctets   = 256 << 10
	extraRecords    = 64
)

// writeIndex writes d's index if that is worth it. Nobody waits for the disk: a file that a power
// failure broke is noticed and made again. Not being allowed to write it costs time, no more.
func (s *Store) writeIndex(d *drop, b *box) {
	missing, octets, saved := 0, int64(0), 0
	for i := range d.shot.files {
		if f := &d.shot.files[i]; f.saved {
			saved++
		} else {
			missing++
			octets += f.stored
		}
	}
	extra := d.saved - saved
	if missing < unsavedMessages && octets < unsavedOctets && (extra < extraRecords || extra < saved) {
		return
	}
	records := d.shot.records()
	err := b.user.writeFile(indexTemp, encodeIndex(records), unix.O_TRUNC, false)
	if err == nil {
		err = b.user.rename(indexTemp, b.user, indexName)
	}
	if err != nil {
		s.log("an index can't be written; opening this maildrop will be slow", "user", d.user, "file", indexName, "error", err)
		return
	}
	d.saved = len(records)
	for i := range d.shot.files {
		d.shot.files[i].saved = true
	}
}
