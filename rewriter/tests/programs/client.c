#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/select.h>
#include <netdb.h>
#include <netinet/in.h>
#include <arpa/inet.h>
static void bye(void){printf("atexit\n");}
int main(int c,char**v){
 atexit(bye);
 struct addrinfo h={0},*r=0;h.ai_socktype=SOCK_STREAM;
 int e=getaddrinfo("localhost","19007",&h,&r); printf("gai %d\n",e);
 int s=socket(AF_INET,SOCK_STREAM,0);
 fcntl(s,F_SETFL,O_NONBLOCK);
 int k=r?connect(s,r->ai_addr,r->ai_addrlen):-1; printf("connect %d %s\n",k,strerror(errno));
 struct pollfd p={s,POLLOUT,0}; printf("poll %d\n",poll(&p,1,1000));
 int so=0;socklen_t l=4;getsockopt(s,SOL_SOCKET,SO_ERROR,&so,&l);
 setsockopt(s,SOL_SOCKET,SO_KEEPALIVE,&so,4);
 send(s,"hi",2,0); char b[100]; int n=recv(s,b,100,0); printf("%d\n",n);
 fd_set f;FD_ZERO(&f);FD_SET(s,&f);struct timeval tv={1,0};select(s+1,&f,0,0,&tv);
 read(s,b,10);write(s,b,1);
 shutdown(s,1);close(s);
 return 3;}
