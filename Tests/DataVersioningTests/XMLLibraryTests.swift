import DataVersioning
import Testing

@Suite struct XMLLibraryTests {
    @Test("libxml2 is there, with all that Foundation's XML asks of it")
    func loaded() throws {
        #expect(XMLLibrary.problem == nil)
        try XMLLibrary.require()
    }

    @Test("a libxml2 that cannot be loaded is an error with a next step")
    func missing() throws {
        let reason = "libxml2.so.2: cannot open shared object file"
        let error = try #require(throws: RemoteError.self) { try XMLLibrary.require(reason) }
        #expect(error.code == "remote.no-library" && error.message.contains(reason))
        #expect(error.hint?.contains("apt-get install libxml2") == true)
    }
}
