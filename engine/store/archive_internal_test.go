package store

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestArchive: whatever is put, replaced and dropped, and however many ids have one hash, what is read is what was
// put last; what is dead does not outgrow what is alive.
func TestArchive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, want := newArchive(), map[string]kept{}
		hashes := rapid.Uint64Range(1, 8).Draw(t, "hashes")
		a.hash = func(id string) uint64 { return uint64(id[len(id)-1]) % hashes }
		ids := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("id", rapid.IntRange(0, 20).Draw(t, "id")) })
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				id, version := ids.Draw(t, "of"), rapid.Int64Range(1, 300).Draw(t, "version")
				body := bytes.Repeat([]byte{byte(version)}, rapid.SampledFrom([]int{0, 1, 200, 300_000, archiveBlock + 1}).Draw(t, "size"))
				a.put(id, version, body)
				want[id] = kept{version: version, body: body}
			},
			"drop": func(t *rapid.T) {
				id := ids.Draw(t, "of")
				a.drop(id)
				delete(want, id)
			},
			"": func(t *rapid.T) {
				for n := range 21 {
					id := fmt.Sprint("id", n)
					is, found := a.get(id)
					w, put := want[id]
					if found != put || is.version != w.version || !bytes.Equal(is.body, w.body) {
						t.Fatalf("%s: version %d, %d bytes (%v); want version %d, %d bytes (%v)", id, is.version, len(is.body), found, w.version, len(w.body), put)
					}
				}
				if len(a.at) > 21 {
					t.Fatalf("%d places for 21 records at most", len(a.at))
				}
				if a.dead > archiveBlock && a.dead > a.live {
					t.Fatalf("%d bytes are dead, %d alive", a.dead, a.live)
				}
			},
		})
	})
}

// TestAnArchivedBodyStays: what was read does not change when the record is replaced, dropped or moved.
func TestAnArchivedBodyStays(t *testing.T) {
	t.Parallel()
	a := newArchive()
	body := bytes.Repeat([]byte("a"), 1000)
	a.put("id", 1, body)
	read, _ := a.get("id")
	for n := range 3000 {
		a.put("id", int64(2+n), bytes.Repeat([]byte("b"), 1000))
	}
	if len(a.blocks) > 3 {
		t.Errorf("%d blocks for one record", len(a.blocks))
	}
	if !bytes.Equal(read.body, body) {
		t.Error("what was read changed")
	}
}
