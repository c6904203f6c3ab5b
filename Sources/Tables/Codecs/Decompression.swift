/// Decompresses a stream of bytes piece by piece, in bounded memory.
protocol Decompression: AnyObject {
    /// Takes bytes from the front of `input`, writes to the front of `output`, and moves both on.
    func step(_ input: inout Slice<UnsafeRawBufferPointer>, _ output: inout Slice<UnsafeMutableRawBufferPointer>)
        -> DecompressionStatus
}

/// What a step of decompression came to.
enum DecompressionStatus {
    case goesOn
    /// A member, frame or stream is whole; another may follow.
    case ended
    case damaged
}
