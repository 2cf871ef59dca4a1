package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"

	"github.com/redis/go-redis/v9"

	"relance/config"
	"relance/engine"
	"relance/engine/store"
	"relance/workers"
	"relance/workers/agendas"
)

// parts is what an engine is made of beside its store.
type parts struct {
	links     []byte // the installation's secret
	clock     engine.Clock
	limits    engine.Limits
	countries []string
	publicURL string
	fiction   bool // takes the numbers kept for fiction: a demo, a simulation
	wake      func(kind string)
	agendas   *agendas.Reader // optional: only a process that works reads agendas
	random    io.Reader       // optional, for a simulation: the system's otherwise
}

// records is what an engine keeps everything in.
type records interface {
	engine.Store
	engine.Lister
}

// partsOf are those a configuration names.
func partsOf(c config.Config, clock engine.Clock) parts {
	return parts{
		links: []byte(c.Secret), clock: clock, countries: c.SMS.Countries, publicURL: c.PublicURL,
		limits: engine.Limits{Attempts: c.Limits.Attempts, SendTimeout: c.Limits.SendTimeout, BackOff: c.Limits.BackOff, ReadAgendas: c.Agendas.Every},
	}
}

// newEngine puts an engine together.
func newEngine(s records, p parts) (*engine.Engine, error) {
	texts, err := newTexts()
	if err != nil {
		return nil, err
	}
	if p.random == nil {
		p.random = rand.Reader
	}
	e := &engine.Engine{
		Store: s, Lister: s, Clock: p.clock, Minter: engine.NewMinter(p.random), Random: p.random,
		Links: engine.Links{Key: p.links}, Texts: texts, Drafts: texts, Addresses: addresses{countries: p.countries, fiction: p.fiction},
		Limits: p.limits, PublicURL: p.publicURL, Wake: p.wake,
	}
	if p.agendas != nil {
		e.Agendas, e.Imported = p.agendas, p.agendas.Note
	}
	return e, nil
}

// redisOptions are the connections a configuration asks for.
func redisOptions(c config.Redis) redis.UniversalOptions {
	o := redis.UniversalOptions{
		Addrs: c.Addresses, MasterName: c.Master, IsClusterMode: c.Cluster,
		Username: c.Username, Password: string(c.Password), DB: c.DB,
		Protocol: 2, // with 3 the client looks for pushed messages before every answer; nothing is pushed to us
	}
	if c.Master != "" {
		o.SentinelUsername, o.SentinelPassword = c.Username, string(c.Password)
	}
	if c.TLS {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return o
}

// openEngine is an engine for a command that neither serves nor sends. close ends its connections.
func openEngine(ctx context.Context, c config.Config) (e *engine.Engine, closeRedis func(), err error) {
	o := redisOptions(c.Redis)
	r := redis.NewUniversalClient(&o)
	closeRedis = func() { _ = r.Close() } // nothing is under way on it any more
	if err := r.Ping(ctx).Err(); err != nil {
		closeRedis()
		return nil, nil, redisAway(c.Redis, err)
	}
	e, err = newEngine(store.New(r, ""), partsOf(c, engine.WallClock{}))
	if err != nil {
		closeRedis()
		return nil, nil, err
	}
	return e, closeRedis, nil
}

func redisAway(c config.Redis, err error) error {
	return fmt.Errorf("the Redis at %v does not answer; is it running, and are redis.addresses, username, password and tls right? %w", c.Addresses, err)
}

// patient is a client that waits out a restart of Redis, for a process that works.
func patient(c config.Redis, pool int) redis.UniversalClient {
	o := redisOptions(c)
	o.PoolSize = pool
	return workers.Connection(o).Client()
}
