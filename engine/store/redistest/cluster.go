package redistest

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

const slots = 16384

var errForming = errors.New("the cluster is still forming")

// startCluster runs three masters that share the slots, and waits until all agree.
func startCluster() ([]string, error) {
	nodes := make([]*node, 3)
	for i := range nodes {
		n, err := start(true)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	addrs := make([]string, len(nodes))
	for i, n := range nodes {
		addrs[i] = n.options().Addr
		first, last := i*slots/len(nodes), (i+1)*slots/len(nodes)-1
		if err := join(ctx, n, nodes[0], first, last); err != nil {
			return nil, err
		}
	}
	for _, n := range nodes {
		if err := formed(ctx, n, len(nodes)); err != nil {
			return nil, err
		}
	}
	return addrs, nil
}

// join gives n its slots and makes it known to the first node.
func join(ctx context.Context, n, first *node, from, to int) error {
	c := redis.NewClient(n.options())
	defer func() { _ = c.Close() }()
	if err := c.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", from, to).Err(); err != nil {
		return err
	}
	if n == first {
		return nil
	}
	return c.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", first.port, first.bus).Err()
}

// formed waits until n sees every node and every slot.
func formed(ctx context.Context, n *node, size int) error {
	c := redis.NewClient(n.options())
	defer func() { _ = c.Close() }()
	want := []string{
		"cluster_state:ok",
		"cluster_slots_ok:" + strconv.Itoa(slots),
		"cluster_known_nodes:" + strconv.Itoa(size),
	}
	return poll(ctx, func() error {
		info, err := c.ClusterInfo(ctx).Result()
		if err != nil {
			return err
		}
		for _, line := range want {
			if !strings.Contains(info, line) {
				return errForming
			}
		}
		return nil
	})
}
