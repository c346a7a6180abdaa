using System.Net;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Connections;

namespace Cvmfs.Net.Proxy.Tests.Connections;

public sealed class ClientLimitsTests
{
    [Theory]
    [InlineData(null, "192.0.2.7", 512)]
    [InlineData(null, "127.0.0.1", 2000)]
    [InlineData(null, "::1", 2000)]
    [InlineData(3, "192.0.2.7", 3)]
    [InlineData(3, "127.0.0.1", 3)]
    public void Only_what_is_set_binds_clients_on_this_machine(int? setting, string address, int admitted)
    {
        var options = new ProxyClientOptions { MaxConnectionsPerAddress = setting, MaxConnections = 2000 };
        var counts = new AddressCounts(new ClientLimits(() => options).Get);
        var client = IPAddress.Parse(address);
        int count = 0;
        while (counts.TryEnter(client)) count++;
        Assert.Equal(admitted, count);
    }
}
