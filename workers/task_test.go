package workers

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

func TestTaskName(t *testing.T) {
	t.Parallel()
	until := time.UnixMilli(1_800_000_000_000)
	base := Task{Kind: "sms", Partition: 7, IDs: []string{"msg_a", "msg_b"}, Until: until}
	same := Task{Kind: "sms", Partition: 7, IDs: []string{"msg_a", "msg_b"}, Until: until}
	if base.name() != same.name() {
		t.Error("the same lease of the same entries must be the same task")
	}
	for what, other := range map[string]Task{
		"a later lease":     {Kind: "sms", Partition: 7, IDs: base.IDs, Until: until.Add(time.Minute)},
		"other entries":     {Kind: "sms", Partition: 7, IDs: []string{"msg_a", "msg_c"}, Until: until},
		"ids cut elsewhere": {Kind: "sms", Partition: 7, IDs: []string{"msg_am", "sg_b"}, Until: until},
		"another partition": {Kind: "sms", Partition: 8, IDs: base.IDs, Until: until},
		"another kind":      {Kind: "email", Partition: 7, IDs: base.IDs, Until: until},
	} {
		if base.name() == other.name() {
			t.Errorf("%s must be another task", what)
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	body, err := Task{Kind: "sms", Partition: 63, IDs: []string{"msg_a", "msg_b"}}.encode()
	if err != nil || string(body) != `{"p":63,"ids":["msg_a","msg_b"]}` {
		t.Fatalf("encode: %s, %v", body, err)
	}
	got, err := decode("sms", body)
	if err != nil || got.Kind != "sms" || got.Partition != 63 || !slices.Equal(got.IDs, []string{"msg_a", "msg_b"}) {
		t.Errorf("decode: %+v, %v", got, err)
	}
	for _, bad := range []string{``, `{}`, `{"p":64,"ids":["a"]}`, `{"p":-1,"ids":["a"]}`, `{"p":1,"ids":[]}`, `{"p":1,"ids":[1]}`, `[]`} {
		if _, err := decode("sms", []byte(bad)); !errors.Is(err, errPayload) {
			t.Errorf("decode %q: %v, want errPayload", bad, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"p":3,"ids":["msg_a"]}`))
	f.Add([]byte(`{"p":300,"ids":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		task, err := decode("sms", body)
		if err != nil {
			return
		}
		again, err := task.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode("sms", again)
		if err != nil || back.Partition != task.Partition || len(back.IDs) != len(task.IDs) {
			t.Errorf("%q came back as %+v, %v", body, back, err)
		}
	})
}

// Every entry is in exactly one task of its kind and partition, in order, and no task
// has more than ChunkSize or could have been joined with the one before.
func TestChunks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) engine.Due {
			return engine.Due{
				Kind:      rapid.SampledFrom([]string{"sms", "email"}).Draw(t, "kind"),
				Partition: engine.Partition(rapid.IntRange(0, 2).Draw(t, "partition")),
				ID:        rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "id"),
			}
		}), 0, 500).Draw(t, "entries")
		var got, want []string
		unfilled := map[entry]bool{}
		tasks := chunks(entries, time.Time{})
		for _, task := range tasks {
			g := entry{kind: task.Kind, p: task.Partition}
			if len(task.IDs) == 0 || len(task.IDs) > ChunkSize || unfilled[g] {
				t.Fatalf("a task of %d entries; one unfilled before: %v", len(task.IDs), unfilled[g])
			}
			unfilled[g] = len(task.IDs) < ChunkSize
		}
		for _, kind := range []string{"sms", "email"} {
			for p := range engine.Partition(3) {
				for _, task := range tasks {
					if task.Kind == kind && task.Partition == p {
						got = append(got, task.IDs...)
					}
				}
				for _, e := range entries {
					if e.Kind == kind && e.Partition == p {
						want = append(want, e.ID)
					}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("entries %v became %v", want, got)
		}
	})
}
