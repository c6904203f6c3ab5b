import Basics
import Tables

/// The lines of a LEAN file from the front, whether it is zipped, gzipped or plain. Memory is one block.
final class LEANLines {
    /// How a file's bytes are had.
    typealias Reading = (UnsafeMutableRawBufferPointer) throws -> Int

    private let path: String
    private let read: Reading
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    private var start = 0
    private var filled = 0
    private var isAtEnd = false
    /// Of the line that was given last, from 1.
    private(set) var line = 0

    /// More than any line of the layout has.
    static let longestLine = 1024

    init(_ path: String, _ read: @escaping Reading) { (self.path, self.read) = (path, read) }

    deinit { buffer.deallocate() }

    /// Calls `body` with the next line that is not empty; false behind the last.
    ///
    /// - Throws: ``Failure`` with code `data.lean` for a line that is too long, and whatever `body` throws.
    func next(_ body: (LEANRow) throws -> Void) throws -> Bool {
        while true {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[start..<filled])
            if let end = bytes.firstIndex(of: 0x0A) ?? (isAtEnd && !bytes.isEmpty ? bytes.count : nil) {
                line += 1
                start = min(start + end + 1, filled)
                let length = end > 0 && bytes[end - 1] == 0x0D ? end - 1 : end
                guard length <= LEANLines.longestLine else { throw tooLong(line) }
                if length == 0 { continue }
                try body(LEANRow(UnsafeRawBufferPointer(rebasing: bytes[..<length]).bindMemory(to: UInt8.self)))
                return true
            }
            if isAtEnd { return false }
            guard bytes.count <= LEANLines.longestLine else { throw tooLong(line + 1) }
            buffer.copyMemory(from: bytes)
            (start, filled) = (0, bytes.count)
            let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            filled += count
            isAtEnd = count == 0
        }
    }

    private func tooLong(_ line: Int) -> Failure {
        Failure(
            "data.lean", "\(path):\(line): found a line of more than \(LEANLines.longestLine) bytes",
            hint: "the file is damaged; fetch it again")
    }
}
