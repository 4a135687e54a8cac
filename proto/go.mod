module github.com/lodeworks/lode/proto

go 1.26.5

require google.golang.org/protobuf v1.36.12
