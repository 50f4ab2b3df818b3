package view

// ServeBench is the bench whose clients are programs at the other end of a port: the tab is the server. Its world has no
// STLS, because a page can't speak TLS.
func ServeBench(p Page) Bench {
	b := Bench{Page: p, World: "without STLS\n", Device: "this page", Desk: true, State: "not connected", Wire: "Nobody has connected yet"}
	b.Note.Text = "This page is the server now. Connect telnet, curl or a mail program to its port: what they send appears here, and what goes back is yours to hold, to read and to change."
	return b
}
