package workers

import (
	"fmt"
	"log/slog"
)

// asynqLog gives asynq's own lines to slog. They hold task names, queues and Redis
// errors, no payload: panics, which might say more, never reach asynq. asynq's Info is
// about starting and stopping, which Workers logs itself.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error("asynq: " + fmt.Sprint(args...)) }

// Fatal does not end the process: shutting down in order is Workers' business.
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq: " + fmt.Sprint(args...)) }
