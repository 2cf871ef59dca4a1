package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// listener is an HTTP server on an address of its own. A nil listener does nothing.
type listener struct {
	server *http.Server
	on     net.Listener
	fails  chan error
}

// open takes the address; setting is the one to change when it is taken.
func open(setting, address string, h http.Handler, log *slog.Logger) (*listener, error) {
	on, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: nothing can listen at %s; is another program there? %w", setting, address, err)
	}
	return &listener{on: on, fails: make(chan error, 1), server: &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

func (l *listener) serve() {
	if l == nil {
		return
	}
	go func() {
		if err := l.server.Serve(l.on); !errors.Is(err, http.ErrServerClosed) {
			l.fails <- fmt.Errorf("the listener at %s failed: %w", l.on.Addr(), err)
		}
	}()
}

func (l *listener) failed() <-chan error {
	if l == nil {
		return nil
	}
	return l.fails
}

// address is where it listens, host and port; "" when it does not.
func (l *listener) address() string {
	if l == nil {
		return ""
	}
	return l.on.Addr().String()
}

// stop answers what is under way and takes nothing new.
func (l *listener) stop(ctx context.Context) error {
	if l == nil {
		return nil
	}
	return errors.Join(l.server.Shutdown(ctx), closed(l.on))
}

// closed closes a listener that may be closed already.
func closed(on net.Listener) error {
	if err := on.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
