package workers

import (
	"context"
	"errors"
	"sync"
)

// Stop ends the work in order, and waits for it:
//
//  1. The dispatcher: what it has leased is enqueued, then nothing new is.
//  2. The servers take no more tasks. Sends that have begun go on; messages claimed but
//     not begun go back to wait; what providers answered is settled. After
//     ShutdownTimeout asynq puts its tasks back and sends are cut short: their outcome
//     is then settled as unknown.
//  3. The providers are closed: nobody sends any more.
//  4. The connections to the queue are closed. The store's are the caller's, and must
//     outlive Stop.
//
// When ctx ends first, what is left is abandoned, which is no worse than a crash: leases
// end, and claimed messages are found out. Then the error says so. A second Stop does nothing.
func (w *Workers) Stop(ctx context.Context) error {
	if w.stopped {
		return nil
	}
	w.stopped = true
	slack := context.AfterFunc(ctx, w.cut)
	defer slack()
	if w.dispatcher != nil {
		w.dispatcher.Stop()
	}
	close(w.draining)
	err := w.drainServers(ctx)
	for _, p := range w.cfg.Providers {
		err = errors.Join(err, p.Close())
	}
	w.cut()
	if errors.Is(err, errUnfinished) {
		return err // asynq panics when its connections are closed under it
	}
	err = errors.Join(err, w.disconnect())
	w.cfg.Log.Info("workers have stopped")
	return err
}

// drainServers shuts all servers down at once and waits for the handlers that asynq has
// given up on.
func (w *Workers) drainServers(ctx context.Context) error {
	var g sync.WaitGroup
	for _, s := range w.servers {
		g.Go(func() {
			s.Shutdown()
			s.handler.running.Wait()
		})
	}
	done := make(chan struct{})
	go func() {
		g.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errUnfinished
	}
}
