import Basics
import Foundation
import Testing

@Suite struct DescriptorWritingTests {
    /// What the process does on a signal.
    private func handler(_ signal: Int32) -> sigaction {
        var action = sigaction()
        sigaction(signal, nil, &action)
        return action
    }

    private func blocks(_ signal: Int32) -> Bool {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return sigismember(&mask, signal) == 1
    }

    @Test("a pipe that nobody reads is an answer, and the process and its way with SIGPIPE stay")
    func brokenPipe() throws {
        let before = handler(SIGPIPE).__sigaction_handler.sa_handler == nil
        for _ in 0..<100 {
            let pipe = try ChildProcess.pipe()
            close(pipe.read)
            let isWritten = [UInt8](repeating: 1, count: 100).withUnsafeBytes {
                DescriptorWriting.all($0, toPeer: pipe.write)
            }
            #expect(!isWritten && errno == EPIPE)
            #expect(!LineChannel.send("line", to: pipe.write))
            close(pipe.write)
        }
        #expect(!blocks(SIGPIPE))
        #expect((handler(SIGPIPE).__sigaction_handler.sa_handler == nil) == before)
    }

    @Test("what somebody reads arrives whole")
    func intact() throws {
        let pipe = try ChildProcess.pipe(), bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let thread = Thread {
            _ = bytes.withUnsafeBytes { DescriptorWriting.all($0, toPeer: pipe.write) }
            close(pipe.write)
        }
        thread.start()
        var received: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 7_001)
        while true {
            let count = read(pipe.read, &chunk, chunk.count)
            if count <= 0 { break }
            received += chunk[..<count]
        }
        close(pipe.read)
        #expect(received == bytes)
    }

    @Test("a mask that the thread had before comes back")
    func mask() {
        var pipe = sigset_t(), old = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &old)
        DescriptorWriting.withoutBrokenPipeSignal {}
        #expect(blocks(SIGPIPE))
        pthread_sigmask(SIG_SETMASK, &old, nil)
        let value = DescriptorWriting.withoutBrokenPipeSignal { blocks(SIGPIPE) }
        #expect(value && !blocks(SIGPIPE))
    }
}
