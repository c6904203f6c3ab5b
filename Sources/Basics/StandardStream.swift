import Foundation

/// The streams that a program says its product and its conversation on, written with the system's own call: a stream
/// that is closed, full or read by nobody is an answer, and never the end of the program.
package enum StandardStream {
    /// A stream that cannot be written.
    package struct WriteError: UserFacingError, Equatable {
        package let number: Int32

        package var code: String { "output.stdout" }
        package var message: String {
            "cannot write the output to stdout: \(String(cString: strerror(number)).lowercased())"
        }
        package var hint: String? {
            switch number {
            case ENOSPC, EDQUOT: "what the command does is done; free some space for its output"
            default: "what the command does is done; give it a stdout that can be written, such as a file"
            }
        }
        /// Whether the reader of a pipe went away, as in `… | head`, which is no mistake.
        package var isBrokenPipe: Bool { number == EPIPE }
    }

    /// Writes all of a text to stdout.
    ///
    /// - Parameter descriptor: another than that of stdout, for tests.
    /// - Throws: ``WriteError``. By default a pipe that nobody reads ends the process through `SIGPIPE` before that.
    package static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) throws(WriteError) {
        var text = text
        guard text.withUTF8({ DescriptorWriting.all(UnsafeRawBufferPointer($0), to: descriptor) }) else {
            throw WriteError(number: errno)
        }
    }

    /// Writes all of a text to stderr where that is possible. A command does its work whether or not anybody can hear
    /// what it says meanwhile.
    ///
    /// - Parameter descriptor: another than that of stderr, for tests.
    package static func say(_ text: String, to descriptor: Int32 = STDERR_FILENO) {
        var text = text
        _ = text.withUTF8 { DescriptorWriting.all(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// Opens the null device in place of standard streams that the program was started without, so that no file of
    /// its work gets their numbers. To be called before anything else is opened.
    ///
    /// Stdin is empty then and stderr goes nowhere. Stdout is opened for reading, so that writing to it stays an error.
    package static func occupyMissing() {
        occupy(STDIN_FILENO, O_RDONLY)
        occupy(STDOUT_FILENO, O_RDONLY)
        occupy(STDERR_FILENO, O_WRONLY)
    }

    /// Opens the null device with this number, if nothing is open there.
    package static func occupy(_ descriptor: Int32, _ mode: Int32) {
        guard fcntl(descriptor, F_GETFD) < 0, errno == EBADF else { return }
        let opened = open("/dev/null", mode)
        guard opened >= 0, opened != descriptor else { return }
        dup2(opened, descriptor)
        close(opened)
    }
}
