using System.IO.Pipelines;

namespace Cvmfs.Net.Connections;

/// <summary>A connection of which some bytes were read already: its reader gives them once more.</summary>
internal sealed class SeenDuplex(ReadOnlyMemory<byte> seen, IDuplexPipe transport) : IDuplexPipe
{
    public PipeReader Input { get; } = new SeenReader(seen, transport.Input);

    public PipeWriter Output => transport.Output;
}
