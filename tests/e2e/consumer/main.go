// Prints each event of todo-mcp once, for each subject in the order of its versions.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

type event struct{ ID, Source, Type, Subject, Sequence string }

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ConsumerGroup(os.Getenv("GROUP")), kgo.ConsumeTopics("todo.events"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		log.Fatal(err)
	}
	seen := map[string]int{} // the newest version of each subject; keep it with what you make of the events
	for {
		client.PollFetches(context.Background()).EachRecord(func(r *kgo.Record) {
			var e event
			if json.Unmarshal(r.Value, &e) != nil || !strings.HasPrefix(e.Type, "todo.") {
				return // nothing of ours
			}
			version, subject := 0, e.Source+"#"+e.Subject
			if version, err = strconv.Atoi(e.Sequence); err != nil || version <= seen[subject] {
				return // delivered again
			}
			seen[subject] = version
			fmt.Println(e.Source, e.Subject, version, e.Type, string(r.Key), r.Partition)
		})
	}
}
