package engine

// A remark says in which events a switch or a fault shows.
type remark struct {
	on   Switch
	is   Faults
	kind Kind
	verb Verb // empty: any
	text Text // TextNone: any
	// also narrows it further.
	also func(*Event) bool
}

func beforeLogin(e *Event) bool { return e.Before != Transaction }
func afterLogin(e *Event) bool  { return e.Before == Transaction }
func positive(e *Event) bool    { return e.Status == OK }
func challenges(e *Event) bool  { return e.Status == More }
func empty(e *Event) bool       { return e.N == 0 }

// twoSpaces says whether a line has a space that only a lenient server takes.
func twoSpaces(e *Event) bool {
	last := byte(0)
	for _, c := range e.Wire {
		if last == ' ' && (c == ' ' || c == '\r' || c == '\n') {
			return true
		}
		last = c
	}
	return false
}

// leadingZero says whether a number in a line begins with a zero.
func leadingZero(e *Event) bool {
	for _, l := range Labels(*e) {
		if (l.Part == PartNumber || l.Part == PartArgument) && l.End-l.Start > 1 && e.Wire[l.Start] == '0' {
			return true
		}
	}
	return false
}

// remarks has at least one row for every switch and every fault.
var remarks = []remark{
	{on: StrictUser, kind: KindReply, text: TextWrongState, also: func(e *Event) bool { return e.Before == AuthorizationUser }},
	{on: StrictLines, kind: KindReply, text: TextControl},
	{on: LenientSpace, kind: KindLine, also: twoSpaces},
	{on: LenientZeros, kind: KindLine, also: leadingZero},
	{on: ListMechanisms, kind: KindReply, text: TextMechanisms},
	{on: UTF8AfterLogin, kind: KindReply, text: TextUTF8, also: afterLogin},
	{on: ForgetAuthCaps, kind: KindReply, text: TextCapabilities, also: afterLogin},
	{on: AnswerTimeout, kind: KindReply, text: TextIdle},
	{on: NoLock, kind: KindReply, text: TextMaildropOpen},
	{on: DeleteRetrieved, kind: KindReply, verb: "RETR", also: positive},
	{on: DeleteRetrieved, kind: KindReply, verb: Commit},
	{on: PassEightBit, kind: KindReply, text: TextOctets},
	{on: StrictUnknownUser, kind: KindReply, verb: "USER"},
	{on: CloseOnFailure, kind: KindClose, text: TextCredentials},
	{on: CloseOnFailure, kind: KindClose, text: TextMalformed},
	{on: ImplementationInTransactionOnly, kind: KindReply, text: TextCapabilities, also: beforeLogin},
	{on: Legacy1460, kind: KindReply, verb: "LAST"},
	{on: OKContinuation, kind: KindReply, also: challenges},
	{on: CloseOnUnoffered, kind: KindClose, text: TextNotOffered},
	{on: CaplessFirst, kind: KindReply, text: TextCapabilities, also: beforeLogin},

	{is: FaultGreetingDelayed, kind: KindReply, text: TextGreeting},
	{is: FaultSplitEveryOctet, kind: KindReply, text: TextGreeting},
	{is: FaultReplyTwice, kind: KindExtra},
	{is: FaultTerminatorMissing, kind: KindEnd},
	{is: FaultTerminatorWithoutCR, kind: KindEnd},
	{is: FaultStuffingMissing, kind: KindReply, verb: "RETR", also: positive},
	{is: FaultStuffingMissing, kind: KindReply, verb: "TOP", also: positive},
	{is: FaultStuffingSkipsFirstLine, kind: KindReply, verb: "RETR", also: positive},
	{is: FaultStuffingSkipsFirstLine, kind: KindReply, verb: "TOP", also: positive},
	{is: FaultSizesWrong, kind: KindReply, text: TextStat},
	{is: FaultSizesWrong, kind: KindReply, verb: "LIST", also: positive},
	{is: FaultRenumbersAfterDele, kind: KindReply, text: TextDeleted},
	{is: FaultUIDLSpaces, kind: KindReply, verb: "UIDL", also: positive},
	{is: FaultUIDLEmpty, kind: KindReply, verb: "UIDL", also: positive},
	{is: FaultUIDLTooLong, kind: KindReply, verb: "UIDL", also: positive},
	{is: FaultUIDLDuplicates, kind: KindReply, verb: "UIDL", also: positive},
	{is: FaultUIDLReused, kind: KindReply, verb: "UIDL", also: positive},
	{is: FaultCapaLies, kind: KindReply, text: TextCapabilities},
	{is: FaultCapaUnterminated, kind: KindEnd, verb: "CAPA"},
	{is: FaultSTLSStripped, kind: KindReply, text: TextCapabilities, also: beforeLogin},
	{is: FaultSTLSStripped, kind: KindReply, verb: "STLS"},
	{is: FaultSTLSInjects, kind: KindReply, text: TextBeginTLS},
	{is: FaultHandshakeFails, kind: KindTLS},
	{is: FaultDropsInRetr, kind: KindClose, verb: "RETR"},
	{is: FaultDropsBeforeQuitReply, kind: KindClose, verb: Commit, text: TextFault},
	{is: FaultRefusesInUse, kind: KindReply, text: TextLocked},
	{is: FaultRefusesSysTemp, kind: KindReply, text: TextTemporary},
	{is: FaultRefusesLoginDelay, kind: KindReply, text: TextLoginDelay},
	{is: FaultIdleShort, kind: KindClose, text: TextIdle},
	{is: FaultLongLine, kind: KindReply, verb: "RETR", also: positive},
	{is: FaultNUL, kind: KindReply, verb: "RETR", also: positive},
	{is: FaultEightBit, kind: KindReply, verb: "RETR", also: positive},
	{is: FaultGreetingLookAlike, kind: KindReply, text: TextGreeting},
	{is: FaultChallengeWithoutSpace, kind: KindReply, also: challenges},
	{is: FaultDeletedStillServed, kind: KindReply, text: TextDeleted},
	{is: FaultEmptyListUnterminated, kind: KindEnd, verb: "LIST", also: empty},
	{is: FaultEmptyListUnterminated, kind: KindEnd, verb: "UIDL", also: empty},
	{is: FaultTopIgnoresCount, kind: KindReply, text: TextTop},
	{is: FaultExtraBlankLine, kind: KindReply, verb: "RETR", also: positive},
}

func (r *remark) about(e *Event) bool {
	return r.kind == e.Kind && (r.verb == "" || r.verb == e.Verb) && (r.text == TextNone || r.text == e.Text) &&
		(r.also == nil || r.also(e))
}

// Explain is the function Explain, and says besides where a switch or a fault of this server
// shows. That gives away what somebody who is to find the fault should find.
func (p *Protocol) Explain(e Event, v *View) Explanation {
	x := Explain(e, v)
	for i := range remarks {
		r := &remarks[i]
		if !p.Switches.Has(r.on) && !p.Faults.Has(r.is) || !r.about(&e) {
			continue
		}
		for _, d := range Switches {
			if d.Switch == r.on {
				x.Text += " Switch " + d.Name + ": " + d.On + "."
			}
		}
		for _, f := range AllFaults {
			if f.Fault == r.is {
				x.Text += " Fault " + f.Name + ": " + f.Doc
			}
		}
	}
	return x
}
