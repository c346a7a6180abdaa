using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.ReadThrough;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Connections;

/// <summary>What event loops use of the server.</summary>
internal sealed record LoopServices(ServedContent Content, ContentHeaders Headers, Upstreams Upstreams, ServerMetrics Metrics, TimeProvider Time, ILogger Logger);
