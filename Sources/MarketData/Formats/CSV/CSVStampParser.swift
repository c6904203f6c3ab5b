import Basics

/// Takes a time apart, from the left.
struct CSVStampParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var isAtEnd: Bool { index >= bytes.count }
    private var byte: UInt8 { index < bytes.count ? bytes[index] : 0 }

    func isDigit(_ at: Int) -> Bool { at < bytes.count && bytes[at] >= 48 && bytes[at] <= 57 }
    private func isLetter(_ at: Int) -> Bool { at < bytes.count && (bytes[at] | 32) >= 97 && (bytes[at] | 32) <= 122 }

    mutating func parse() -> CSVStamp? {
        skipWeekday()
        var run = index
        while isDigit(run) { run += 1 }
        if run - index >= 8 || run == bytes.count && run > 0 { return digits(run) }
        if let number = scientific() { return number }
        if isDigit(index), run - index <= 2, run < bytes.count, bytes[run] == UInt8(ascii: ":") {
            guard let clock = clock(), isAtEnd else { return nil }
            return CSVStamp(shape: .clock, clock: clock)
        }
        guard var stamp = isLetter(index) ? monthFirst() : numbered() else { return nil }
        if isAtEnd { return stamp }
        guard stamp.shape != .month, stamp.shape != .week else { return nil }
        guard let clock = behindDate() else { return nil }
        stamp.clock = clock
        guard readOffset(&stamp) else { return nil }
        return stamp
    }

    private mutating func skipWeekday() {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        guard let (word, end) = word(), word.count >= 3, names.contains(String(word.prefix(3))),
            word.hasSuffix("day") || word.count <= 4
        else { return }
        var next = end
        guard next < bytes.count, bytes[next] == UInt8(ascii: ",") || bytes[next] == 32 else { return }
        while next < bytes.count, bytes[next] == UInt8(ascii: ",") || bytes[next] == 32 { next += 1 }
        index = next
    }

    /// The letters at the place, in lower case, and where they end.
    private func word() -> (String, Int)? {
        var end = index
        while isLetter(end) { end += 1 }
        guard end > index, end - index <= 9 else { return nil }
        return (String(decoding: bytes[index..<end], as: UTF8.self).lowercased(), end)
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    private mutating func month() -> Int? {
        guard let (word, end) = word(), word.count >= 3,
            let position = CSVStampParser.months.firstIndex(where: { $0 == word || $0.prefix(3) == word })
                ?? (word == "sept" ? 8 : nil)
        else { return nil }
        index = end
        if byte == UInt8(ascii: "."), !isAtEnd { index += 1 }
        return position + 1
    }

    /// So many digits as stand there, at most nine.
    private mutating func number() -> (value: Int, width: Int)? {
        let start = index
        var value = 0
        while isDigit(index), index - start < 9 {
            value = value * 10 + Int(bytes[index] - 48)
            index += 1
        }
        return index > start && !isDigit(index) ? (value, index - start) : nil
    }

    mutating func fixed(_ width: Int) -> Int? {
        guard index + width <= bytes.count else { return nil }
        var value = 0
        for _ in 0..<width {
            guard isDigit(index) else { return nil }
            value = value * 10 + Int(bytes[index] - 48)
            index += 1
        }
        return value
    }

    private mutating func mark(_ marks: String) -> UInt8? {
        guard !isAtEnd, marks.utf8.contains(byte) else { return nil }
        index += 1
        return bytes[index - 1]
    }

    private mutating func year(_ stamp: inout CSVStamp, allowsShort: Bool) -> Bool {
        guard let (value, width) = number() else { return false }
        if width == 4 {
            stamp.year = value
            return true
        }
        guard width == 2, allowsShort else { return false }
        // As POSIX has it.
        stamp.year = value < 69 ? 2000 + value : 1900 + value
        stamp.isShortYear = true
        return true
    }

    /// `Jan 2, 2024`, `Jan 2024`.
    private mutating func monthFirst() -> CSVStamp? {
        guard let month = month() else { return nil }
        var stamp = CSVStamp(shape: .monthName, first: month)
        guard mark(" -/") != nil, let (value, width) = number() else { return nil }
        if width == 4 {
            stamp.shape = .month
            stamp.year = value
            return isAtEnd ? stamp : nil
        }
        guard width <= 2 else { return nil }
        stamp.second = value
        guard mark(",-/ ") != nil else { return nil }
        while mark(" ") != nil {}
        return year(&stamp, allowsShort: true) ? stamp : nil
    }

    private mutating func numbered() -> CSVStamp? {
        guard let (value, width) = number(), let separator = mark("-/. M") else { return nil }
        if width == 4 {
            var stamp = CSVStamp(shape: .yearFirst, year: value)
            if byte | 32 == UInt8(ascii: "w"), separator == UInt8(ascii: "-") { return week(&stamp) }
            if separator == UInt8(ascii: "M") {
                stamp.shape = .month
                guard let month = fixed(2), isAtEnd else { return nil }
                stamp.first = month
                return stamp
            }
            if isLetter(index) {
                guard let month = month() else { return nil }
                stamp.first = month
            } else {
                guard let (month, digits) = number(), digits <= 2 else { return nil }
                stamp.first = month
            }
            if isAtEnd {
                stamp.shape = .month
                return stamp
            }
            guard mark(String(UnicodeScalar(separator))) != nil, let (day, digits) = number(), digits <= 2 else {
                return nil
            }
            stamp.second = day
            return stamp
        }
        guard width <= 2, separator != UInt8(ascii: "M") else { return nil }
        if isLetter(index) {
            var stamp = CSVStamp(shape: .monthName, second: value)
            guard let month = month(), mark("-/. ,") != nil else { return nil }
            while mark(" ") != nil {}
            stamp.first = month
            return year(&stamp, allowsShort: true) ? stamp : nil
        }
        guard separator != 32, let (second, digits) = number(), digits <= 2,
            mark(String(UnicodeScalar(separator))) != nil
        else { return nil }
        var stamp = CSVStamp(shape: .yearLast, first: value, second: second)
        return year(&stamp, allowsShort: false) ? stamp : nil
    }

    private mutating func week(_ stamp: inout CSVStamp) -> CSVStamp? {
        index += 1
        guard let week = fixed(2), isAtEnd else { return nil }
        (stamp.shape, stamp.first) = (.week, week)
        return stamp
    }

    /// The time of day behind a date and what parts them.
    mutating func behindDate() -> Int64? {
        guard mark("Tt _,:;") != nil else { return nil }
        while mark(" ") != nil {}
        return clock()
    }

    /// `9:30`, `09:30:00.123`, `9:30 AM`, `0930`, `093000`.
    private mutating func clock() -> Int64? {
        guard let (value, width) = number() else { return nil }
        var hour = value, minute = 0, second = 0, fraction: Int64 = 0
        if width == 4 || width == 6 {
            (hour, minute, second) =
                width == 4 ? (value / 100, value % 100, 0) : (value / 10_000, value / 100 % 100, value % 100)
            if width == 6, let nanoseconds = self.fraction() { fraction = nanoseconds }
        } else {
            guard width <= 2, mark(":") != nil, let minutes = fixed(2) else { return nil }
            minute = minutes
            if mark(":") != nil {
                guard let seconds = fixed(2) else { return nil }
                second = seconds
                if byte == UInt8(ascii: ".") || byte == UInt8(ascii: ","), !isAtEnd {
                    guard let nanoseconds = self.fraction() else { return nil }
                    fraction = nanoseconds
                }
            }
        }
        let before = index
        while mark(" ") != nil {}
        if let (word, end) = word(), word == "am" || word == "pm" {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (word == "pm" ? 12 : 0)
            index = end
        } else {
            index = before
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return Int64(hour * 3600 + minute * 60 + second) * 1_000_000_000 + fraction
    }

    private mutating func fraction() -> Int64? {
        guard byte == UInt8(ascii: ".") || byte == UInt8(ascii: ","), isDigit(index + 1) else { return nil }
        index += 1
        var value: Int64 = 0, digits = 0
        while isDigit(index) {
            // Beyond nanoseconds only zeros say nothing.
            guard digits < 9 || bytes[index] == 48 else { return nil }
            if digits < 9 { value = value * 10 + Int64(bytes[index] - 48) }
            digits += 1
            index += 1
        }
        while digits < 9 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// `Z`, `UTC`, `GMT+0000`, `+05:30`, `+0530`, `-05` at the end.
    mutating func readOffset(_ stamp: inout CSVStamp) -> Bool {
        while mark(" ") != nil {}
        if isAtEnd { return true }
        if let (word, end) = word() {
            guard ["z", "utc", "gmt"].contains(word) else { return false }
            index = end
            stamp.offset = 0
            if isAtEnd { return true }
            guard word != "z" else { return false }
        }
        guard let sign = mark("+-"), let hours = fixed(2) else { return false }
        var minutes = 0
        if !isAtEnd {
            _ = mark(":")
            guard let value = fixed(2) else { return false }
            minutes = value
        }
        guard isAtEnd, hours < 24, minutes < 60 else { return false }
        let size = Int64(hours * 3600 + minutes * 60) * 1_000_000_000
        stamp.offset = sign == UInt8(ascii: "-") ? -size : size
        return true
    }
}
