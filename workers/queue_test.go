package workers

import (
	"testing"
	"time"

	"relance/engine"
	"relance/engine/store/redistest"
)

func TestEnqueue(t *testing.T) {
	t.Parallel()
	c := shared(t).Client()
	t.Cleanup(func() { _ = c.Close() })
	q := NewQueues(c, redistest.Prefix())
	if n, err := q.Pending(engine.DueSMS); n != 0 || err != nil {
		t.Errorf("a queue that was never used holds %d: %v", n, err)
	}
	task := Task{Kind: engine.DueSMS, Partition: 3, IDs: []string{"msg_a"}, Until: time.UnixMilli(1)}
	for range 3 {
		if err := q.Enqueue(t.Context(), task); err != nil {
			t.Errorf("the same task again is success: %v", err)
		}
	}
	if n, err := q.Pending(engine.DueSMS); n != 1 || err != nil {
		t.Errorf("%d tasks wait: %v", n, err)
	}
	info, err := q.inspector.GetTaskInfo(q.prefix+engine.DueSMS, task.name())
	if err != nil {
		t.Fatal(err)
	}
	if info.MaxRetry < 3 || info.Timeout != sendTime || info.Timeout%time.Second != 0 || info.Retention != 0 ||
		string(info.Payload) != `{"p":3,"ids":["msg_a"]}` || info.Type != engine.DueSMS {
		t.Errorf("the task is %+v", info)
	}
	if sendTime >= 2*time.Minute { // engine.Limits.SendTimeout's default
		t.Error("a send would be looked into while it runs")
	}
}
