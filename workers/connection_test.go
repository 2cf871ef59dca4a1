package workers

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

var _ asynq.RedisConnOpt = Connection{}

func TestConnectionChoosesItsClient(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		conn Connection
		want string
	}{
		"single":            {Connection{Addrs: []string{"127.0.0.1:1"}}, "single"},
		"sentinel":          {Connection{Addrs: []string{"127.0.0.1:1", "127.0.0.1:2"}, MasterName: "m"}, "single"},
		"cluster":           {Connection{Addrs: []string{"127.0.0.1:1", "127.0.0.1:2"}}, "cluster"},
		"cluster, one seed": {Connection{Addrs: []string{"127.0.0.1:1"}, IsClusterMode: true}, "cluster"},
	} {
		client := c.conn.MakeRedisClient().(redis.UniversalClient)
		got := "single"
		if _, ok := client.(*redis.ClusterClient); ok {
			got = "cluster"
		}
		if got != c.want {
			t.Errorf("%s: got a %s client", name, got)
		}
		_ = client.Close()
	}
}

var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

// DESIGN, "The queue": about 15–20 s.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := Connection{Dialer: func(context.Context, string, string) (net.Conn, error) {
			return nil, errRefused
		}}.Client()
		began := time.Now()
		err := client.Ping(t.Context()).Err()
		if took := time.Since(began); err == nil || took < 15*time.Second || took > 20*time.Second {
			t.Errorf("gave up after %v: %v", took, err)
		}
		leave(client)
	})
}

func TestLeashEndsPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := Connection{Dialer: func(context.Context, string, string) (net.Conn, error) {
			return nil, errRefused
		}}.Client()
		life, cut := context.WithCancel(t.Context())
		client.AddHook(leash{life})
		began := time.Now()
		time.AfterFunc(time.Second, cut)
		_, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error { return p.Ping(t.Context()).Err() })
		if took := time.Since(began); err == nil || took > 2*time.Second {
			t.Errorf("gave up after %v: %v", took, err)
		}
		if err := client.Ping(t.Context()).Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("a command after the end: %v", err)
		}
		leave(client)
	})
}

// leave closes a client and lets its pool notice.
func leave(c redis.UniversalClient) {
	_ = c.Close()
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// A reply of Redis is an answer, however bad; only a server that is going or coming is
// asked again.
func TestWhatPatienceRetries(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		err  error
		want bool
	}{
		"refused":      {errRefused, true},
		"cut":          {io.EOF, true},
		"no answer":    {os.ErrDeadlineExceeded, true},
		"busy pool":    {redis.ErrPoolTimeout, true},
		"loading":      {reply("LOADING Redis is loading the dataset in memory"), true},
		"a replica":    {reply("READONLY You can't write against a read only replica."), true},
		"no cluster":   {reply("CLUSTERDOWN The cluster is down"), true},
		"full":         {reply("OOM command not allowed when used memory > 'maxmemory'."), false},
		"a wrong type": {reply("WRONGTYPE Operation against a key holding the wrong kind of value"), false},
		"nothing":      {redis.Nil, false},
		"success":      {nil, false},
		"closed":       {redis.ErrClosed, false},
		"cancelled":    {context.Canceled, false},
	} {
		if got := transient(c.err); got != c.want {
			t.Errorf("%s: retried %v, want %v", what, got, c.want)
		}
	}
}

type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestPatiencePipelines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, calls := t.Context(), 0
		run := patience{total: time.Minute}.ProcessPipelineHook(func(_ context.Context, cmds []redis.Cmder) error {
			if calls++; calls < 4 {
				cmds[0].SetErr(io.EOF)
				return io.EOF
			}
			return nil
		})
		ping := redis.NewStatusCmd(ctx, "ping")
		if err := run(ctx, []redis.Cmder{ping}); err != nil || ping.Err() != nil || calls != 4 {
			t.Errorf("after %d calls: %v, the command says %v", calls, err, ping.Err())
		}
		calls = 0
		if err := run(ctx, []redis.Cmder{redis.NewStatusCmd(ctx, "HELLO", 3)}); err == nil || calls != 1 {
			t.Errorf("a handshake belongs to its connection: %d calls, %v", calls, err)
		}
	})
}
