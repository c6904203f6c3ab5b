import Basics
import Foundation
import Testing

@Suite struct StandardStreamTests {
    private func failure(_ descriptor: Int32) -> StandardStream.WriteError? {
        do { try StandardStream.write("text\n", to: descriptor) } catch { return error }
        return nil
    }

    @Test("a full disk and a stream opened for reading are errors with a code, a sentence and a next step")
    func refused() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC), readable = open("/dev/null", O_RDONLY | O_CLOEXEC)
        try #require(full >= 0 && readable >= 0)
        defer { close(full); close(readable) }
        let error = try #require(failure(full))
        #expect(error.code == "output.stdout" && error.number == ENOSPC && error.exitStatus == .failed)
        #expect(error.message == "cannot write the output to stdout: no space left on device")
        #expect(error.hint?.contains("free some space") == true && !error.isBrokenPipe)
        #expect(failure(readable)?.number == EBADF)
        StandardStream.say("nobody hears it\n", to: full)
    }

    @Test("a reader that went away is told from other failures")
    func brokenPipe() throws {
        let pipe = try ChildProcess.pipe()
        close(pipe.read)
        defer { close(pipe.write) }
        let error = DescriptorWriting.withoutBrokenPipeSignal { failure(pipe.write) }
        #expect(error?.isBrokenPipe == true)
    }

    @Test("a number that nothing is open at gets the null device; an open one stays what it is")
    func occupied() throws {
        // Far above the numbers that other tests get.
        let number: Int32 = 917
        #expect(fcntl(number, F_GETFD) < 0)
        StandardStream.occupy(number, O_RDONLY)
        defer { close(number) }
        var byte: UInt8 = 0
        #expect(read(number, &byte, 1) == 0, "the null device is empty")
        #expect(failure(number)?.number == EBADF, "writing to it stays an error")
        StandardStream.occupy(number, O_WRONLY)
        #expect(read(number, &byte, 1) == 0)
    }
}
