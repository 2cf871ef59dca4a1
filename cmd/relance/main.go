// Command relance is the program: one file per subcommand. Wiring happens only here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"

	"relance/config"
	"relance/engine"
)

// The exit codes; the help tells them.
const (
	exitOK      = 0
	exitFailed  = 1 // it could not be done; trying again may help
	exitMistake = 2 // the command line, the configuration or a file needs a change first
	exitPartly  = 3 // done, and some lines were refused
)

// commands is the command line.
type commands struct {
	Demo     demoCmd     `cmd:"" help:"Try it: invented people, messages on screen, nothing kept and nothing sent."`
	Serve    serveCmd    `cmd:"" help:"Run it: the API, the pages, the workers, or some of them."`
	Apply    applyCmd    `cmd:"" help:"Create or change organisations, services and calendars from one file."`
	Send     sendCmd     `cmd:"" help:"Post a batch of people to invite and tell what became of each line."`
	Simulate simulateCmd `cmd:"" help:"Let a month pass for a set-up and its people: messages, cost, slots, who is left without one."`
	Dead     deadCmd     `cmd:"" help:"List, read and retry work that could not be done."`
	Stats    statsCmd    `cmd:"" help:"Draw the figures: the funnel, no-shows, delays, the weeks."`
	Slots    slotsCmd    `cmd:"" help:"Tell which slots a calendar offers, and why not others."`
	SMS      smsCmd      `cmd:"" name:"sms" help:"Tell how a text travels as SMS: encoding, units, parts."`
	Texts    textsCmd    `cmd:"" help:"Show the texts people get, ours or a draft: parts, cost, what is wrong with it."`
	Version  versionCmd  `cmd:"" help:"Tell the version."`
}

const description = `Relance invites people by SMS and email to choose an appointment, follows up,
reminds them 48 hours before, and lets them book, move or cancel by link or by reply.

  relance demo                                  look at it, on a machine with nothing installed
  relance serve --config relance.yaml           run it
  relance apply -f setup.yaml                   say who invites, for what, and when
  relance send people.csv --service orientation invite people

Exit codes: 0 done; 1 it could not be done, trying again may help; 2 the command line,
the configuration or a file needs a change; 3 done, and some lines were refused.`

// streams are what a command reads and writes.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
}

// collectAt lets garbage grow to three times what is in use before it is collected: little is in
// use, and collecting takes a tenth of the time of a large batch.
const collectAt = 300

// collect says how much garbage, in percent of what is in use, is let grow. The variable GOGC wins.
func collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once: whoever stops it does not want to wait.
	context.AfterFunc(ctx, stop)
	collect(collectAt)
	redis.SetLogger(redisLog{}) // before anything uses it: it is one for the whole process
	os.Exit(program(ctx, os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr, os.Environ()}))
}

// program runs one command and answers with its exit code.
func program(ctx context.Context, args []string, s *streams) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("relance"), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(s.Out, s.Err), kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.Err, "relance:", err)
		return exitFailed
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err != nil {
		fmt.Fprintf(s.Err, "relance: %v\nTry: relance --help\n", err)
		return exitMistake
	}
	return s.code(command.Run())
}

// code tells an error to people and gives its exit code.
func (s *streams) code(err error) int {
	var refused *refusedLines
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &refused):
		fmt.Fprintln(s.Err, "relance:", err)
		return exitPartly
	}
	fmt.Fprintln(s.Err, "relance:", err)
	if isMistake(err) {
		return exitMistake
	}
	return exitFailed
}

// isMistake tells whether somebody must change something before it can work: the same would fail again.
func isMistake(err error) bool {
	var c *config.Error
	var m *mistakes
	var p *problem
	switch code := engine.CodeOf(err); {
	case code == engine.CodeNotFound, code == engine.CodeInvalid:
		return true
	case errors.As(err, &p):
		return p.lasting()
	}
	return errors.As(err, &c) || errors.As(err, &m) || errors.Is(err, os.ErrNotExist)
}
