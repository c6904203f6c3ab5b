/// Lines between processes, over pipes.
package enum LineChannel {
    /// Writes a line whole, however often the system cuts it.
    ///
    /// - Returns: false when nobody reads any more; no signal is raised.
    @discardableResult
    package static func send(_ line: String, to descriptor: Int32) -> Bool {
        Array((line + "\n").utf8).withUnsafeBytes { DescriptorWriting.all($0, toPeer: descriptor) }
    }

    /// Takes the whole lines out of what has been read so far; an unfinished one stays.
    package static func takeLines(from pending: inout [UInt8]) -> [String] {
        var lines: [String] = [], start = 0
        while let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: pending[start..<end], as: UTF8.self))
            start = end + 1
        }
        pending.removeFirst(start)
        return lines
    }
}
