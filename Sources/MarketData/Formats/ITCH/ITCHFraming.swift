/// What stands between messages.
enum ITCHFraming {
    /// Why there is no message.
    enum Fault: Equatable {
        /// The bytes end inside it.
        case cut
        case type
        case length
        /// A length of 0: the end of some files.
        case end

        /// nil where a whole message with its length stands at `bytes`.
        @inline(__always)
        init?(_ bytes: UnsafeRawPointer, _ count: Int) {
            guard count >= 3 else {
                let isZero = count == 2 && bytes.loadUnaligned(as: UInt16.self) == 0
                self = isZero ? .end : .cut
                return
            }
            let length = Int(UInt16(bigEndian: bytes.loadUnaligned(as: UInt16.self)))
            let expected = ITCHLayout.length(bytes.load(fromByteOffset: 2, as: UInt8.self))
            if length == expected, length > 0 {
                if count >= length + 2 { return nil }
                self = .cut
            } else {
                self = length == 0 ? .end : expected == 0 ? .type : .length
            }
        }
    }
}
