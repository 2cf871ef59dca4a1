package redistest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a server or a cluster may take to come up on a busy machine.
const patience = 30 * time.Second

// guard runs the server until its input closes, which the end of this process does however it
// ends, then removes what the server wrote; nobody may be left to hear what the shell has to say. A
// server that ends by itself says why.
const guard = `trap '' PIPE HUP INT; server=$1 dir=$2; shift 2
exec 3<&0
"$server" "$@" >"$dir/log" 2>&1 & pid=$!
{ read _ <&3; kill -9 $pid; } 2>/dev/null & reader=$!
wait $pid || tail -n 3 "$dir/log" >&2
kill $reader 2>/dev/null
rm -rf "$dir"`

// node is a running redis-server.
type node struct {
	port, bus int
	dir       string
}

func (n *node) options() *redis.Options {
	return &redis.Options{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port))}
}

func (n *node) args(clustered bool) []string {
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(n.port), "--dir", n.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
		"--maxmemory-policy", "noeviction", "--daemonize", "no",
	}
	if clustered {
		return append(args, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(n.bus))
	}
	return append(args, "--databases", strconv.Itoa(databases))
}

// start runs a redis-server on free loopback ports. Another process may take a port between
// choosing and using it, hence the attempts.
func start(clustered bool) (*node, error) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("these tests need redis-server in the PATH; `make test` installs it: %w", err)
	}
	for range 5 {
		var n *node
		if n, err = attempt(server, clustered); err == nil {
			return n, nil
		}
	}
	return nil, fmt.Errorf("redis-server does not start: %w", err)
}

func attempt(server string, clustered bool) (*node, error) {
	dir, err := os.MkdirTemp("", "relance-redis-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // Redis tells its real path
		return nil, err
	}
	n := &node{port: freePort(), bus: freePort(), dir: dir}
	cmd := exec.Command("sh", append([]string{"-c", guard, "guard", server, dir}, n.args(clustered)...)...)
	var why bytes.Buffer
	cmd.Stderr = &why
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		cancel()
	}()
	if err := n.ready(ctx); err != nil {
		_ = input.Close()
		<-ended
		return nil, fmt.Errorf("%w %s", err, why.Bytes())
	}
	return n, nil
}

// ready waits until the server answers, and is ours.
func (n *node) ready(ctx context.Context) error {
	c := redis.NewClient(n.options())
	defer func() { _ = c.Close() }()
	return poll(ctx, func() error {
		probe, err := net.Dial("tcp", c.Options().Addr) // the client would log each failure
		if err != nil {
			return err
		}
		_ = probe.Close()
		conf, err := c.ConfigGet(ctx, "dir").Result()
		if err == nil && conf["dir"] != n.dir {
			return fmt.Errorf("port %d is another server's", n.port)
		}
		return err
	})
}

// poll tries until it succeeds or ctx ends.
func poll(ctx context.Context, try func() error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// freePort is one nobody listens on, below those that outgoing connections are given: the
// clients of other tests would soon take one of these.
func freePort() int {
	for {
		port := 12000 + rand.IntN(20000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
}
