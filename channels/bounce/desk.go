// Package bounce reads what other mail servers report about our messages, long after they
// were sent: delivery status notifications (RFC 3464), older bounces as far as they name the
// message, and complaints (RFC 5965). They come to an SMTP or LMTP listener of ours or into a
// Maildir, and become receipts.
//
// A report counts only when it names a message by an address that only we can make
// (Addresses). What a report holds of people is read past, never kept and never logged.
package bounce

import (
	"context"
	"log/slog"

	"relance/channels"
)

// Receiver applies receipts.
type Receiver interface {
	// Receive applies a receipt to the message of that ticket; a second time it changes
	// nothing. An error asks for the report to be brought again; nil is for one that is
	// done, and for one about a message that is not known any more.
	Receive(ctx context.Context, ticket string, r channels.Receipt) error
	// Complain notes that the person called the message spam: it arrived, and they want no more of
	// them. A second time it changes nothing; errors are as of Receive.
	Complain(ctx context.Context, ticket, messageID string) error
}

// Desk applies reports, wherever they come from. All fields but Addresses and Receiver are optional.
type Desk struct {
	Addresses *Addresses
	Receiver  Receiver
	// OnReport is told of each report that was read, for counting.
	OnReport func(Report)
	// Log gets what somebody should look at, with ids only; nil discards.
	Log *slog.Logger
}

// Take reads a mail and applies what it reports. to are its envelope's recipients, when
// known. An error is worth another try; understood tells whether it was a report about a
// message of ours, applied or without consequence.
func (d *Desk) Take(ctx context.Context, raw []byte, to ...string) (understood bool, err error) {
	report := d.Addresses.Parse(raw, to...)
	receipt, counts := report.Receipt()
	switch {
	case report.Kind == Complaint && report.Known:
		err = d.Receiver.Complain(ctx, report.Subject.Ticket, report.Subject.ID)
	case counts:
		err = d.Receiver.Receive(ctx, report.Subject.Ticket, receipt)
	}
	if err != nil {
		return true, err
	}
	if d.OnReport != nil {
		d.OnReport(report)
	}
	d.tell(ctx, report, receipt)
	return report.Known && report.Kind != Nothing, nil
}

func (d *Desk) tell(ctx context.Context, report Report, receipt channels.Receipt) {
	if d.Log == nil {
		return
	}
	switch {
	case receipt.Alert:
		d.Log.WarnContext(ctx, "a mail server refused a message for a reason to look at: SPF, DKIM, DMARC, or the sender's reputation",
			"message", receipt.MessageID, "code", receipt.Code, "reason", receipt.Reason)
	case report.Kind == Complaint && !report.Known:
		d.Log.WarnContext(ctx, "a complaint names no message of ours; nothing was changed")
	}
}
