import Foundation

/// Writing to open descriptors.
package enum DescriptorWriting {
    /// Writes all bytes, however often the system cuts them.
    ///
    /// - Returns: false when it refuses; `errno` says why.
    package static func all(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        return true
    }
}
