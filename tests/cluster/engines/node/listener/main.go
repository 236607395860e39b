// Command listener accepts TCP connections on the ports it is given and says its own name to each: what a test tries to
// reach, or must not.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	name, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) < 2 {
		log.Fatal("usage: listener PORT...")
	}
	for _, port := range os.Args[1:] {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			log.Fatal(err)
		}
		go answer(listener, name)
	}
	select {}
}

func answer(listener net.Listener, name string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(connection, name)
		connection.Close()
	}
}
