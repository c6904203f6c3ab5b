import Basics
import Foundation
import Tables

/// Reads lines of captures: a receive time in front, if any, and the JSON as it came.
///
/// Prices and sizes are decimal texts and become integers exactly; one that has more decimals than were stated is an
/// error, so nothing is ever rounded.
package struct BinanceParser {
    /// Decimals of the numbers of a file.
    package struct Scale: Sendable, Equatable {
        /// Of prices.
        package var price = 0
        /// Of quantities.
        package var size = 0

        /// Whole numbers by default.
        package init(price: Int = 0, size: Int = 0) { (self.price, self.size) = (price, size) }
    }

    /// The file, for messages.
    let file: String
    /// Decimals of the integers that come out; while surveying, the most that a number was written with.
    package private(set) var scale: Scale
    private let surveys: Bool
    /// The line that was read last.
    package private(set) var message = BinanceMessage()
    private var kindText = Kind.none

    private enum Kind { case none, depth, trade, aggregate, quote, unknown }

    /// - Parameter scale: decimals of prices and sizes; nil to find them out, whereby numbers are not kept.
    package init(file: String, scale: Scale?) {
        self.file = file
        self.scale = scale ?? Scale()
        surveys = scale == nil
    }

    /// Reads a line into ``message``.
    ///
    /// - Throws: ``Failure`` with code `data.bad-rows` naming file, line and column.
    package mutating func parse(_ line: UnsafeBufferPointer<UInt8>, number: Int) throws {
        message.clear()
        kindText = .none
        var cursor = JSONCursor(line)
        do {
            if cursor.peek() != UInt8(ascii: "{") { message.receiveTime = try receiveTime(&cursor) }
            try map(&cursor, isInside: false)
            guard cursor.isAtEnd() else {
                throw JSONCursor.Problem(position: cursor.position, reason: "found text behind the message")
            }
            try finish(cursor)
        } catch let problem as JSONCursor.Problem {
            throw Failure(
                "data.bad-rows", "\(file):\(number):\(problem.position + 1): \(problem.reason)",
                hint: "lines of a capture are a receive time and a message as JSON; cut the damaged line out")
        }
    }

    private func receiveTime(_ cursor: inout JSONCursor) throws(JSONCursor.Problem) -> Nanoseconds {
        let start = cursor.position
        // 19 digits of nanoseconds are beyond what the cursor reads as whole numbers.
        let bytes = cursor.bytes
        var end = start, value: Int64 = 0
        while end < bytes.count, bytes[end] &- 48 < 10, end - start < 19 {
            guard let next = value.times(10)?.plus(Int64(bytes[end] - 48)) else { break }
            value = next
            end += 1
        }
        let units: [Int: Int64] = [10: 1_000_000_000, 13: 1_000_000, 16: 1000, 19: 1]
        guard let unit = units[end - start], let time = value.times(unit), end < bytes.count, bytes[end] <= 0x20 else {
            throw JSONCursor.Problem(
                position: start,
                reason: "expected a receive time of 10, 13, 16 or 19 digits (s, ms, µs, ns) and a space")
        }
        cursor = JSONCursor(bytes, from: end)
        return time
    }

    private mutating func map(_ cursor: inout JSONCursor, isInside: Bool) throws(JSONCursor.Problem) {
        var hasMore = try cursor.enter("{")
        while hasMore {
            let key = try cursor.key()
            if key.count == 1 {
                try short(cursor.bytes[key.lowerBound], &cursor)
            } else if cursor.holds(key, "data"), !isInside {
                try map(&cursor, isInside: true)
            } else {
                try long(key, &cursor)
            }
            hasMore = try cursor.goesOn("{")
        }
    }

    private mutating func long(_ key: Range<Int>, _ cursor: inout JSONCursor) throws(JSONCursor.Problem) {
        if cursor.holds(key, "pu") {
            message.previous = try cursor.integer()
        } else if cursor.holds(key, "stream") {
            let range = try cursor.text()
            if !cursor.slice(range).elementsEqual(message.stream.utf8) { message.stream = cursor.string(range) }
        } else if cursor.holds(key, "lastUpdateId") {
            message.kind = .snapshot
            message.number = try cursor.integer()
        } else if cursor.holds(key, "bids") {
            try levels(&cursor, side: 1)
        } else if cursor.holds(key, "asks") {
            try levels(&cursor, side: -1)
        } else {
            try cursor.skip()
        }
    }

    private mutating func short(_ key: UInt8, _ cursor: inout JSONCursor) throws(JSONCursor.Problem) {
        switch (Character(UnicodeScalar(key)), cursor.peek()) {
        case ("e", _):
            let text = try cursor.text()
            if cursor.holds(text, "depthUpdate") {
                kindText = .depth
            } else if cursor.holds(text, "trade") {
                kindText = .trade
            } else if cursor.holds(text, "aggTrade") {
                kindText = .aggregate
            } else {
                kindText = cursor.holds(text, "bookTicker") ? .quote : .unknown
            }
        case ("s", _):
            let range = try cursor.text()
            if !cursor.slice(range).elementsEqual(message.symbol.utf8) { message.symbol = cursor.string(range) }
        case ("E", _): message.eventTime = try time(&cursor)
        case ("T", _): message.transactionTime = try time(&cursor)
        case ("U", _): message.first = try cursor.integer()
        case ("u", _), ("t", _): message.number = try cursor.integer()
        case ("a", UInt8(ascii: "[")): try levels(&cursor, side: -1)
        case ("b", UInt8(ascii: "[")): try levels(&cursor, side: 1)
        case ("a", UInt8(ascii: "\"")): message.ask = try decimal(&cursor, \.price)
        case ("b", UInt8(ascii: "\"")): message.bid = try decimal(&cursor, \.price)
        // A number under these keys counts orders or trades.
        case ("a", _) where kindText == .aggregate: message.number = try cursor.integer()
        case ("A", UInt8(ascii: "\"")): message.askSize = try decimal(&cursor, \.size)
        case ("B", UInt8(ascii: "\"")): message.bidSize = try decimal(&cursor, \.size)
        case ("p", UInt8(ascii: "\"")): message.price = try decimal(&cursor, \.price)
        case ("q", UInt8(ascii: "\"")): message.size = try decimal(&cursor, \.size)
        case ("m", _): message.buyerIsMaker = try cursor.bool()
        case ("X", UInt8(ascii: "\"")): message.condition = cursor.string(try cursor.text())
        default: try cursor.skip()
        }
    }

    /// Milliseconds, or microseconds where the feed was asked for them.
    private func time(_ cursor: inout JSONCursor) throws(JSONCursor.Problem) -> Nanoseconds {
        let start = cursor.position, value = try cursor.integer()
        guard value > 0, let time = value.times(value < 100_000_000_000_000 ? 1_000_000 : 1000) else {
            throw JSONCursor.Problem(position: start, reason: "expected a time in milliseconds or microseconds")
        }
        return time
    }

    private mutating func levels(_ cursor: inout JSONCursor, side: Int64) throws(JSONCursor.Problem) {
        var hasMore = try cursor.enter("[")
        while hasMore {
            guard try cursor.enter("[") else {
                throw JSONCursor.Problem(position: cursor.position, reason: "expected price and size of a level")
            }
            let price = try decimal(&cursor, \.price)
            guard try cursor.goesOn("[") else {
                throw JSONCursor.Problem(position: cursor.position, reason: "expected the size of a level")
            }
            let size = try decimal(&cursor, \.size)
            // Old answers have an empty list as a third item.
            while try cursor.goesOn("[") { try cursor.skip() }
            let level = BinanceLevel(side: side, price: price, size: size)
            if !surveys { if side > 0 { message.bids.append(level) } else { message.asks.append(level) } }
            hasMore = try cursor.goesOn("[")
        }
    }

    /// A decimal text that is not negative.
    private mutating func decimal(_ cursor: inout JSONCursor, _ decimals: WritableKeyPath<Scale, Int>)
        throws(JSONCursor.Problem) -> Int64
    {
        let range = try cursor.text()
        let bytes = cursor.slice(range)
        func refused(_ why: String) -> JSONCursor.Problem {
            JSONCursor.Problem(position: range.lowerBound, reason: "found '\(cursor.string(range))', \(why)")
        }
        if surveys {
            let point = bytes.firstIndex(of: UInt8(ascii: "."))
            scale[keyPath: decimals] = max(scale[keyPath: decimals], min(point.map { bytes.count - $0 - 1 } ?? 0, 18))
            return 0
        }
        do {
            let value = try FixedPoint.parse(bytes, decimals: scale[keyPath: decimals], rounds: false)
            // An exponent would be rounded.
            let hasExponent = bytes.baseAddress.map { memchr($0, 0x65, bytes.count) ?? memchr($0, 0x45, bytes.count) }
            guard value >= 0, hasExponent == .some(nil) else { throw FixedPoint.Problem.notANumber }
            return value
        } catch FixedPoint.Problem.tooManyDecimals {
            throw refused("expected at most \(scale[keyPath: decimals]) decimals")
        } catch FixedPoint.Problem.outOfRange {
            throw refused("which with \(scale[keyPath: decimals]) decimals does not fit 64 bits")
        } catch {
            throw refused("expected a price or size as decimal text")
        }
    }

    /// Decides what the message is, and whether it has what such a message must have.
    private mutating func finish(_ cursor: JSONCursor) throws(JSONCursor.Problem) {
        func need(_ holds: Bool, _ what: String) throws(JSONCursor.Problem) {
            if !holds { throw JSONCursor.Problem(position: 0, reason: "found a message without \(what)") }
        }
        if message.kind == .snapshot {
            // With a stream it is one of a few levels that nothing chains to.
            if !message.stream.isEmpty { message.kind = .other }
            return
        }
        switch kindText {
        case .depth:
            message.kind = .depth
            try need(message.number > 0 && message.first > 0, "its update numbers 'U' and 'u'")
            try need(message.first <= message.number, "update numbers that increase")
            try need(message.eventTime != nil && !message.symbol.isEmpty, "time 'E' or symbol 's'")
        case .trade, .aggregate:
            message.kind = .trade
            try need(message.number > 0 && message.exchangeTime != nil, "its number or time")
            try need(!message.symbol.isEmpty && message.buyerIsMaker != nil, "symbol 's' or side 'm'")
        case .none where message.number > 0 && message.stream.hasSuffix("@bookTicker"), .quote:
            message.kind = .quote
            try need(!message.symbol.isEmpty && message.number > 0, "symbol 's' or number 'u'")
            try need(
                message.exchangeTime != nil || message.receiveTime != nil,
                "any time, neither E or T in it nor a time of receipt before it")
        default: message.kind = .other
        }
    }
}

extension BinanceMessage {
    /// As before the first line; symbol and stream stay as they are likely the same again.
    fileprivate mutating func clear() {
        kind = .other
        stream.isEmpty ? () : (stream = "")
        symbol.isEmpty ? () : (symbol = "")
        (receiveTime, eventTime, transactionTime, previous) = (nil, nil, nil, nil)
        (number, first, price, size, bid, bidSize, ask, askSize) = (0, 0, 0, 0, 0, 0, 0, 0)
        (buyerIsMaker, condition) = (nil, nil)
        bids.removeAll(keepingCapacity: true)
        asks.removeAll(keepingCapacity: true)
    }
}
