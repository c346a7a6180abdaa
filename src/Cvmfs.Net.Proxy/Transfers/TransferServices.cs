using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>What fetches use of the proxy.</summary>
/// <param name="Cache">Where objects are kept.</param>
/// <param name="Upstreams">Where they come from.</param>
/// <param name="Absent">What they do not have.</param>
/// <param name="MaxObjectBytes">Longest object that is passed on.</param>
/// <param name="KeepsFromSiblings">Whether what a sibling gave is kept on disk as well.</param>
/// <param name="Metrics">Where they are counted.</param>
/// <param name="Clock">Source of time.</param>
/// <param name="Logger">Where messages go.</param>
internal sealed record TransferServices(ObjectCache Cache, UpstreamPool Upstreams, AbsentObjects Absent, long MaxObjectBytes, bool KeepsFromSiblings, ProxyMetrics Metrics, TimeProvider Clock, ILogger Logger);
