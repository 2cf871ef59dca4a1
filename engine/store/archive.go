package store

import (
	"encoding/binary"
	"hash/maphash"
)

// archive keeps records as bytes one after the other in large blocks, so that the garbage collector has next to
// nothing to look at in hundreds of thousands of them.
type archive struct {
	hash   func(id string) uint64
	at     map[uint64]place // by the hash of the id, or the next number that another does not have
	blocks [][]byte         // only ever written behind what is there: bodies are handed out as they lie
	live   int              // bytes of records
	dead   int              // bytes of what was replaced or dropped
}

// place is where a record lies.
type place struct{ block, offset uint32 }

// dropped is the block of a record that is no more: those that were put behind it are still found.
const dropped = ^uint32(0)

// archiveBlock is the size of a block in bytes; a record that is larger has one of its own.
const archiveBlock = 1 << 20

func newArchive() *archive {
	seed := maphash.MakeSeed()
	return &archive{hash: func(id string) uint64 { return maphash.String(seed, id) }, at: map[uint64]place{}}
}

// find is the key of a record and the record; not found, which takes no bytes, the key that it would have: that of
// a dropped one before any that is new.
func (a *archive) find(id string) (key uint64, r archived) {
	free, freed := uint64(0), false
	for key = a.hash(id); ; key++ {
		p, there := a.at[key]
		switch {
		case !there && freed:
			return free, archived{}
		case !there:
			return key, archived{}
		case p.block != dropped:
			if r = a.read(p); string(r.id) == id {
				return key, r
			}
		case !freed:
			free, freed = key, true
		}
	}
}

// archived is a record as it lies in its block.
type archived struct {
	id, body []byte
	version  int64
	size     int // bytes of all of it
}

func (a *archive) read(p place) (r archived) {
	b := a.blocks[p.block][p.offset:]
	all := len(b)
	number := func() int {
		n, width := binary.Uvarint(b)
		b = b[width:]
		return int(n)
	}
	part := func() []byte {
		n := number()
		out := b[:n:n]
		b = b[n:]
		return out
	}
	r.version = int64(number())
	r.id, r.body = part(), part()
	r.size = all - len(b)
	return r
}

func (a *archive) get(id string) (kept, bool) {
	_, r := a.find(id)
	return kept{version: r.version, body: r.body}, r.size > 0
}

// put keeps a copy of a record, in place of what was there.
func (a *archive) put(id string, version int64, body []byte) {
	key, was := a.find(id)
	a.dead, a.live = a.dead+was.size, a.live-was.size
	a.at[key] = a.write(id, version, body)
	a.tidy()
}

func (a *archive) write(id string, version int64, body []byte) place {
	const numbers = 3 * binary.MaxVarintLen64
	most := numbers + len(id) + len(body)
	last := len(a.blocks) - 1
	if last < 0 || len(a.blocks[last])+most > cap(a.blocks[last]) {
		a.blocks = append(a.blocks, make([]byte, 0, max(archiveBlock, most)))
		last++
	}
	b := a.blocks[last]
	p := place{uint32(last), uint32(len(b))}
	b = binary.AppendUvarint(b, uint64(version))
	b = append(binary.AppendUvarint(b, uint64(len(id))), id...)
	b = append(binary.AppendUvarint(b, uint64(len(body))), body...)
	a.live += len(b) - int(p.offset)
	a.blocks[last] = b
	return p
}

// drop forgets a record, if it is there.
func (a *archive) drop(id string) {
	if key, r := a.find(id); r.size > 0 {
		a.at[key] = place{block: dropped}
		a.dead, a.live = a.dead+r.size, a.live-r.size
		a.tidy()
	}
}

// tidy writes what is kept anew when more of the blocks is dead than alive.
func (a *archive) tidy() {
	if a.dead <= archiveBlock || a.dead <= a.live {
		return
	}
	old := *a
	*a = archive{hash: old.hash, at: make(map[uint64]place, len(old.at))}
	for _, p := range old.at {
		if p.block != dropped {
			r := old.read(p)
			key, _ := a.find(string(r.id))
			a.at[key] = a.write(string(r.id), r.version, r.body)
		}
	}
}
