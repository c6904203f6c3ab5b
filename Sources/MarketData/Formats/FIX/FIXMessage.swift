import Basics
import Tables

/// One message of a FIX log: its fields in order.
package struct FIXMessage: Sendable {
    /// In the file, from 1.
    package let line: Int
    /// Tag and value, as they follow each other.
    package let fields: [(tag: Int, value: String)]
    /// Whether BodyLength and CheckSum were there to be checked: logs that are made anonymous have 0 in both.
    package let isChecked: Bool

    /// The value of a field; the first where a group repeats it.
    package subscript(tag: Int) -> String? { fields.first { $0.tag == tag }?.value }

    /// The code of tag 35: `D` an order, `8` an execution.
    package var type: String { self[35] ?? "" }
}

/// Splits lines of a FIX 4.0–4.4 or FIXT log into messages and checks their frame.
///
/// Fields are tag=value and end with SOH, which logs also write as `|` or `^A`. BodyLength counts from behind field 9
/// to before field 10; CheckSum is the sum of all bytes before field 10, modulo 256, with SOH as it was sent.
package struct FIXParser: Sendable {
    private let file: String

    /// Fields that say what happened: twice in a message with two values, it says nothing.
    private static let single: Set<Int> = [8, 9, 10, 17, 20, 31, 32, 34, 35, 39, 40, 52, 54, 55, 60, 150]

    /// - Parameter file: for messages.
    package init(file: String) { self.file = file }

    /// Where the first message of a line begins; a log may write its own time and direction before.
    static func start(_ bytes: some RandomAccessCollection<UInt8>) -> Int? {
        let marker = Array("8=FIX".utf8)
        for offset in 0..<max(min(bytes.count, 160) - marker.count, 0)
        where bytes.dropFirst(offset).starts(with: marker) {
            let before = offset == 0 ? 0x20 : bytes[bytes.index(bytes.startIndex, offsetBy: offset - 1)]
            if !(48...57).contains(before) { return offset }
        }
        return nil
    }

    /// The messages of a line.
    ///
    /// - Returns: none for a line without a message.
    /// - Throws: ``Failure`` with code `data.bad-rows` naming file, line, what was found and expected.
    package func messages(_ line: [UInt8], number: Int) throws -> [FIXMessage] {
        guard var position = FIXParser.start(line) else { return [] }
        var out: [FIXMessage] = []
        let separator = try separator(line, from: position, number)
        while position < line.count {
            out.append(try message(line, &position, separator, number))
            // What a log puts behind a message is not looked at, another message is.
            guard line[position...].starts(with: Array("8=FIX".utf8)) else { break }
        }
        return out
    }

    private func refused(_ line: Int, _ reason: String) -> Failure {
        Failure(
            "data.bad-rows", "\(file):\(line): \(reason)",
            hint: "cut the damaged message out; where a log was edited, its frame has 0 as BodyLength and CheckSum")
    }

    /// What stands between BeginString and BodyLength.
    private func separator(_ line: [UInt8], from start: Int, _ number: Int) throws -> [UInt8] {
        let head = line[start...].prefix(24)
        for separator in [[0x01], Array("|".utf8), Array("^A".utf8), Array("<SOH>".utf8)] {
            let marker = separator + Array("9=".utf8)
            if head.indices.contains(where: { line[$0...].starts(with: marker) }) { return separator }
        }
        throw refused(number, "found no field 9 behind field 8, or fields that neither SOH, '|' nor '^A' ends")
    }

    private func message(_ line: [UInt8], _ position: inout Int, _ separator: [UInt8], _ number: Int) throws
        -> FIXMessage
    {
        var fields: [(tag: Int, value: String)] = [], sum = 0, length = 0, seen: [Int: Int] = [:]
        while true {
            let start = position
            guard let equals = line[position...].firstIndex(of: UInt8(ascii: "=")), equals > start,
                equals - start <= 6, let tag = Int(String(decoding: line[start..<equals], as: UTF8.self)), tag > 0
            else { throw refused(number, "found no tag at byte \(start + 1), expected TAG=VALUE") }
            var end = equals + 1
            while end < line.count, line[end] != separator[0] || !line[end...].starts(with: separator) { end += 1 }
            let value = String(decoding: line[equals + 1..<end], as: UTF8.self)
            // Logs drop the last separator.
            guard end < line.count || tag == 10 else {
                throw refused(number, "found the end of the line inside field \(tag), expected field 10 as the last")
            }
            if let other = seen[tag], FIXParser.single.contains(tag), fields[other].value != value {
                throw refused(number, "found field \(tag) twice, as '\(fields[other].value)' and '\(value)'")
            }
            if seen[tag] == nil { seen[tag] = fields.count }
            if fields.count < 3, tag != [8, 9, 35][fields.count] {
                throw refused(number, "found field \(tag), expected field \([8, 9, 35][fields.count])")
            }
            position = min(end + separator.count, line.count)
            fields.append((tag, value))
            if tag == 10 { break }
            for byte in line[start..<end] { sum += Int(byte) }
            sum += 1
            if fields.count > 2 { length += end - start + 1 }
        }
        return FIXMessage(line: number, fields: fields, isChecked: try check(fields, sum % 256, length, number))
    }

    private func check(_ fields: [(tag: Int, value: String)], _ sum: Int, _ length: Int, _ number: Int) throws -> Bool {
        guard let last = fields.last, fields.count > 3, let stated = Int(fields[1].value), let check = Int(last.value),
            (0...255).contains(check)
        else { throw refused(number, "found no number as BodyLength or CheckSum") }
        if stated == 0, check == 0 { return false }
        guard stated == length else {
            throw refused(number, "found BodyLength \(stated), expected \(length) as the message has")
        }
        guard check == sum else { throw refused(number, "found CheckSum \(last.value), expected \(sum)") }
        return true
    }
}
