using System.Net;
using Cvmfs.Net.Proxy.Upstreams.Http;

namespace Cvmfs.Net.Proxy.Tests.Upstreams.Http;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("http://0.0.0.0:3128", "127.0.0.1", true)]
    [InlineData("http://*:3128", "::1", true)]
    [InlineData("http://[::]:3128", "127.0.0.1", true)]
    [InlineData("http://192.0.2.1:3128", "192.0.2.1", true)]
    [InlineData("http://192.0.2.1:3128", "::ffff:192.0.2.1", true)]
    [InlineData("http://192.0.2.1:3128", "192.0.2.2", false)]
    [InlineData("http://192.0.2.1:3129", "192.0.2.1", false)]
    public void What_the_proxy_listens_on_is_never_connected_to(string listen, string address, bool isOwn)
    {
        var guard = new AddressGuard(allowPrivate: true, AddressGuard.EndPointsOf([listen]));
        Assert.Equal(!isOwn, guard.Allows(IPAddress.Parse(address), 3128, isConfigured: true));
        Assert.True(guard.Allows(IPAddress.Parse(address), 80, isConfigured: true));
    }

    [Theory] // S14
    [InlineData("8.8.8.8", true, true)]
    [InlineData("2001:db8::1", true, true)]
    [InlineData("10.0.0.1", false, true)]
    [InlineData("169.254.169.254", false, true)]
    [InlineData("fd00::1", false, true)]
    [InlineData("0.0.0.0", false, false)]
    [InlineData("255.255.255.255", false, false)]
    [InlineData("239.1.2.3", false, false)]
    [InlineData("ff02::1", false, false)]
    [InlineData("::", false, false)]
    public void Inside_is_for_what_the_operator_wrote_and_nonsense_for_nobody(string address, bool forStrangers, bool forOperator)
    {
        var guard = new AddressGuard(allowPrivate: false);
        Assert.Equal((forStrangers, forOperator), (guard.Allows(IPAddress.Parse(address), 80, false), guard.Allows(IPAddress.Parse(address), 80, true)));
    }
}
