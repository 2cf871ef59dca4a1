package bounce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MaildirConfig is a folder that a mail server, or a program that fetches mail, puts reports
// into. Dir and Desk are required.
type MaildirConfig struct {
	Dir string // the Maildir itself: it holds new, cur and tmp
	// Every is how often it is looked at; 0 is 30 s.
	Every time.Duration
	// MaxSize is what a report may have, in octets; 0 is 1 MiB. A longer mail is left for people.
	MaxSize int64
	Desk    *Desk
	Log     *slog.Logger // optional; gets what goes wrong, never a mail's text
}

// Maildir takes reports out of a folder. What was applied is deleted: it is about a person,
// and the message's record says it. What is no report about a message of ours is moved to cur, as read,
// for people to look at. Several processes may share a folder.
type Maildir struct {
	cfg  MaildirConfig
	stop context.CancelFunc
	done chan struct{}
	once sync.Once
}

// OpenMaildir checks that the folder is one and can be changed.
func OpenMaildir(c MaildirConfig) (*Maildir, error) {
	c.Every, c.MaxSize = or(c.Every, 30*time.Second), or(c.MaxSize, defaultSize)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, part := range []string{"new", "cur"} {
		if info, err := os.Stat(filepath.Join(c.Dir, part)); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s is no Maildir: it has no folder %q that this program can see", c.Dir, part)
		}
	}
	probe, err := os.CreateTemp(filepath.Join(c.Dir, "cur"), ".relance-")
	if err != nil {
		return nil, fmt.Errorf("the Maildir %s cannot be changed by this program: %w", c.Dir, err)
	}
	_ = probe.Close() // it is empty
	if err := os.Remove(probe.Name()); err != nil {
		return nil, fmt.Errorf("nothing can be deleted in the Maildir %s: %w", c.Dir, err)
	}
	return &Maildir{cfg: c, done: make(chan struct{})}, nil
}

// Start looks into the folder now and then, until Stop.
func (m *Maildir) Start(ctx context.Context) {
	ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(m.done)
		tick := time.NewTicker(m.cfg.Every)
		defer tick.Stop()
		for {
			if err := m.Look(ctx); err != nil && ctx.Err() == nil {
				m.cfg.Log.ErrorContext(ctx, "bounces wait in their folder; it is looked at again soon", "error", err)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Stop ends looking; a report that is being applied is applied.
func (m *Maildir) Stop() {
	m.once.Do(func() {
		if m.stop != nil {
			m.stop()
			<-m.done
		}
	})
}

// Look takes everything that is in the folder now. A report that cannot be applied stays
// for the next time, and those behind it are tried all the same.
func (m *Maildir) Look(ctx context.Context) error {
	entries, err := os.ReadDir(filepath.Join(m.cfg.Dir, "new"))
	if err != nil {
		return fmt.Errorf("the Maildir cannot be read: %w", withoutPath(err))
	}
	var errs []error
	for _, e := range entries {
		if ctx.Err() != nil {
			break
		}
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := m.one(ctx, e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) { // another process was faster
			errs = append(errs, withoutPath(err))
		}
	}
	return errors.Join(errs...)
}

func (m *Maildir) one(ctx context.Context, name string) error {
	path := filepath.Join(m.cfg.Dir, "new", name)
	raw, err := m.read(path)
	if err != nil {
		return err
	}
	understood := false
	if raw != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyTimeout)
		defer cancel()
		if understood, err = m.cfg.Desk.Take(ctx, raw); err != nil {
			return err
		}
	}
	if understood {
		return os.Remove(path)
	}
	base, _, _ := strings.Cut(name, ":")
	return os.Rename(path, filepath.Join(m.cfg.Dir, "cur", base+":2,S"))
}

// read reads a mail; nil when it is too long.
func (m *Maildir) read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, m.cfg.MaxSize+1))
	if err != nil || int64(len(raw)) > m.cfg.MaxSize {
		return nil, err
	}
	return raw, nil
}

// withoutPath leaves out the name of a file: some mail servers write addresses into it.
func withoutPath(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}
