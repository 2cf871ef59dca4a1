package workers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"relance/engine"
)

// ChunkSize is how many due entries one task carries at most: what costs is the task,
// not the record (DESIGN, "The limits it lives in").
const ChunkSize = 64

// errPayload says that a task is not one of ours; its entries, if any, come due again.
var errPayload = errors.New("the payload of this task is not a partition and ids; delete the task")

// Task is a chunk of due entries of one kind and one partition.
type Task struct {
	Kind      string
	Partition engine.Partition
	IDs       []string // of records, 1 to ChunkSize
	// Until is the end of the lease under which the entries were taken, in the domain's
	// time. It is part of the task's name only: entries taken again after a lost lease
	// are a new task, whatever became of the first.
	Until time.Time
}

// payload is what asynq keeps and copies into heartbeats: ids, never more.
type payload struct {
	Partition engine.Partition `json:"p"`
	IDs       []string         `json:"ids"`
}

// name is the deterministic TaskID: enqueueing the same lease twice is one task.
func (t Task) name() string {
	h := sha256.New()
	for _, id := range t.IDs {
		h.Write([]byte(id))
		h.Write([]byte{0})
	}
	h.Write(strconv.AppendInt(nil, t.Until.UnixMilli(), 10))
	return fmt.Sprintf("%s-%d-%s", t.Kind, t.Partition, hex.EncodeToString(h.Sum(nil)[:16]))
}

func (t Task) encode() ([]byte, error) {
	return json.Marshal(payload{t.Partition, t.IDs})
}

// decode reads the payload of a task of a kind. A payload that no dispatcher wrote is errPayload.
func decode(kind string, body []byte) (Task, error) {
	var p payload
	if json.Unmarshal(body, &p) != nil || p.Partition >= engine.Partitions || len(p.IDs) == 0 {
		return Task{}, errPayload
	}
	return Task{Kind: kind, Partition: p.Partition, IDs: p.IDs}, nil
}

// chunks groups entries by kind and partition, in the order they came, into tasks.
func chunks(entries []engine.Due, until time.Time) []Task {
	type group struct {
		kind      string
		partition engine.Partition
	}
	var tasks []Task
	open := map[group]int{} // the unfilled task of each group
	for _, e := range entries {
		g := group{e.Kind, e.Partition}
		i, ok := open[g]
		if !ok || len(tasks[i].IDs) == ChunkSize {
			i = len(tasks)
			open[g] = i
			tasks = append(tasks, Task{Kind: e.Kind, Partition: e.Partition, Until: until})
		}
		tasks[i].IDs = append(tasks[i].IDs, e.ID)
	}
	return tasks
}
