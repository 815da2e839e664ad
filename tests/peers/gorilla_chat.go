// A chat on gorilla/websocket: a hub that owns the set of clients, and two goroutines for each client, as
// in the chat example of that library. Without an argument it handles no signal. "shutdown": SIGTERM calls
// http.Server.Shutdown, then ends every connection and waits for its goroutines. "closes": the same with a
// Close frame first, and time to answer it.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

const (
	queueLength  = 256
	writeTimeout = 10 * time.Second
	stopTimeout  = 5 * time.Second
)

type message struct {
	from *client
	text []byte
}

type client struct {
	conn  *websocket.Conn
	queue chan []byte
}

type hub struct {
	join, leave chan *client
	say         chan message
	each        chan func(*client)
	clients     map[*client]bool
	running     sync.WaitGroup
}

func newHub() *hub {
	return &hub{
		join:    make(chan *client),
		leave:   make(chan *client),
		say:     make(chan message),
		each:    make(chan func(*client)),
		clients: map[*client]bool{},
	}
}

func (h *hub) run() {
	for {
		select {
		case c := <-h.join:
			h.clients[c] = true
		case c := <-h.leave:
			h.drop(c)
		case m := <-h.say:
			for c := range h.clients {
				if c == m.from {
					continue
				}
				select {
				case c.queue <- m.text:
				default: // too slow
					h.drop(c)
				}
			}
		case do := <-h.each:
			for c := range h.clients {
				do(c)
			}
		}
	}
}

func (h *hub) drop(c *client) {
	if h.clients[c] {
		delete(h.clients, c)
		close(c.queue)
	}
}

func (h *hub) read(c *client) {
	defer h.running.Done()
	defer c.conn.Close()
	defer func() { h.leave <- c }()
	for {
		_, text, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		h.say <- message{c, text}
	}
}

func (h *hub) write(c *client) {
	defer h.running.Done()
	defer c.conn.Close()
	for text := range c.queue {
		c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if c.conn.WriteMessage(websocket.TextMessage, text) != nil {
			return
		}
	}
}

// Calls do for every client, then waits until all are gone or time is up.
func (h *hub) stop(do func(*client)) {
	h.each <- do
	gone := make(chan struct{})
	go func() {
		h.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(stopTimeout):
	}
}

func cut(c *client) {
	c.conn.Close()
}

func sayGoodbye(c *client) {
	text := websocket.FormatCloseMessage(websocket.CloseGoingAway, "going away")
	c.conn.WriteControl(websocket.CloseMessage, text, time.Now().Add(time.Second))
}

func main() {
	h := newHub()
	go h.run()
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT")}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		c := &client{conn, make(chan []byte, queueLength)}
		h.running.Add(2)
		h.join <- c
		go h.write(c)
		go h.read(c)
	})
	if len(os.Args) < 2 {
		log.Fatal(server.ListenAndServe())
	}
	go server.ListenAndServe()
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	<-term
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
	if os.Args[1] == "closes" {
		h.stop(sayGoodbye)
	} else {
		h.stop(cut)
	}
}
