#!/bin/bash
export NGINX_CONF_VERSION=@CONFIG@
touch pwned

post_install() {
  export NGINX_CONF_VERSION=v9
}
