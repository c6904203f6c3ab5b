import AsyncHTTPClient

/// The client that requests of workflows go through.
enum WebClient {
    /// A connection that is refused is an error at once: the library would try again until the request's deadline, and
    /// whoever asks decides by itself how often to try.
    static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The same for what must reach exactly the address that was given: an answer that leads elsewhere is an answer.
    static let withoutRedirects: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
