module github.com/lodeworks/lode/e2e

go 1.26.5

require (
	github.com/lodeworks/lode/services v0.0.0
	github.com/lodeworks/lode/tools v0.0.0
)

replace github.com/lodeworks/lode/proto => ../proto

replace github.com/lodeworks/lode/schemas => ../schemas

replace github.com/lodeworks/lode/services => ../services

replace github.com/lodeworks/lode/tools => ../tools

replace github.com/pokt-network/shannon-sdk => github.com/pokt-network/shannon-sdk v0.0.0-20250926005543-248477bab1f9

replace nhooyr.io/websocket => github.com/coder/websocket v1.8.6

replace github.com/syndtr/goleveldb => github.com/syndtr/goleveldb v1.0.1-0.20210819022825-2ae1ddf74ef7

